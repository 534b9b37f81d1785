package dev.flotilla.node;

import dev.flotilla.federation.LearntSpeed;
import dev.flotilla.federation.ReplicaSpeed;
import dev.flotilla.node.lending.JsonFields;
import dev.flotilla.node.topology.MachineFile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Keeps on disk how fast this node's models serve, so that gateways need not learn that anew when
 * it starts again: until they had, it would get less than its share. Blocks; any thread.
 */
final class ReplicaSpeedFile {
  private static final int MAX_MODELS = 64;
  private static final int MAX_DIGEST = 128;
  private static final double LEAST_RATE = 1e-6;
  private static final double MOST_RATE = 1e9;

  /** A speed that has changed by less is not worth a write. */
  private static final double WORTH_WRITING = 1.2;

  private final MachineFile file;
  private Map<String, LearntSpeed> written = Map.of();

  ReplicaSpeedFile(MachineFile file) {
    this.file = file;
  }

  /** What was kept, by description; nothing if that does not hold here. */
  synchronized Map<String, LearntSpeed> read() {
    written = file.read(ReplicaSpeedFile::decode).orElse(Map.of());
    return written;
  }

  /** Keeps what is known now, if that is worth a write. */
  synchronized void keep(Map<String, LearntSpeed> known) {
    if (!known.entrySet().stream().allMatch(each -> isKept(each.getKey(), each.getValue()))) {
      written = known;
      file.write(new JsonObject().put("speeds", encode(known)));
    }
  }

  private boolean isKept(String description, LearntSpeed speed) {
    LearntSpeed before = written.get(description);
    return before != null && before.isLike(speed, WORTH_WRITING);
  }

  private static JsonArray encode(Map<String, LearntSpeed> speeds) {
    JsonArray list = new JsonArray();
    speeds.entrySet().stream()
        .limit(MAX_MODELS)
        .forEach(each -> list.add(encode(each.getKey(), each.getValue())));
    return list;
  }

  private static JsonObject encode(String description, LearntSpeed speed) {
    JsonArray decode = new JsonArray();
    speed
        .decodeTokensPerSecond()
        .forEach((sessions, rate) ->
            decode.add(new JsonObject().put("sessions", sessions).put("rate", rate)));
    return new JsonObject()
        .put("description", description)
        .put("prefill", speed.prefillTokensPerSecond())
        .put("decode", decode);
  }

  private static Map<String, LearntSpeed> decode(JsonFields fields) {
    Map<String, LearntSpeed> speeds = new HashMap<>();
    for (JsonFields each : JsonFields.each(fields.list("speeds", MAX_MODELS))) {
      speeds.put(
          each.text("description", MAX_DIGEST),
          new LearntSpeed(each.number("prefill", LEAST_RATE, MOST_RATE), rates(each)));
    }
    return Map.copyOf(speeds);
  }

  private static SortedMap<Integer, Double> rates(JsonFields speed) {
    SortedMap<Integer, Double> rates = new TreeMap<>();
    for (JsonFields each : JsonFields.each(speed.list("decode", ReplicaSpeed.MAX_BATCH))) {
      rates.put(
          each.count("sessions", 1, ReplicaSpeed.MAX_BATCH),
          each.number("rate", LEAST_RATE, MOST_RATE));
    }
    return rates;
  }
}
