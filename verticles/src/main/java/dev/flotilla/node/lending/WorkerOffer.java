package dev.flotilla.node.lending;

import dev.flotilla.node.cluster.WireCodec;
import dev.flotilla.sharding.store.StageKey;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a worker tells the swarm about itself, every second.
 *
 * @param version of Flotilla that it runs
 * @param lentBytes memory that it lends
 * @param freeBytes what of it no stage takes
 * @param threads compute threads of each stage
 * @param stages that it hosts
 * @param slices that it has on disk, the {@value #MAX_SLICES} used last
 * @param draining whether it takes no more stages, as it is about to leave
 */
public record WorkerOffer(
    String version,
    long lentBytes,
    long freeBytes,
    int threads,
    int stages,
    List<StageKey> slices,
    boolean draining) {

  /** The most slices that are told. */
  public static final int MAX_SLICES = 128;

  private static final int MAX_BYTES = 32 << 10;

  public WorkerOffer {
    slices = List.copyOf(slices);
  }

  /** How offers travel. */
  static final class Codec implements WireCodec<WorkerOffer> {
    @Override
    public Buffer encode(WorkerOffer offer) {
      JsonArray slices = new JsonArray();
      offer.slices().stream().limit(MAX_SLICES).map(SliceJson::json).forEach(slices::add);
      return new JsonObject()
          .put("version", offer.version())
          .put("lent", offer.lentBytes())
          .put("free", offer.freeBytes())
          .put("threads", offer.threads())
          .put("stages", offer.stages())
          .put("slices", slices)
          .put("draining", offer.draining())
          .toBuffer();
    }

    @Override
    public WorkerOffer decode(Buffer bytes) {
      if (bytes.length() > MAX_BYTES) {
        throw new IllegalArgumentException("an offer of " + bytes.length() + " bytes");
      }
      JsonFields fields = new JsonFields(new JsonObject(bytes));
      long lent = fields.whole("lent", 0, Long.MAX_VALUE);
      return new WorkerOffer(
          fields.text("version", 64),
          lent,
          fields.whole("free", 0, lent),
          fields.count("threads", 1, 1 << 16),
          fields.count("stages", 0, 1 << 16),
          fields.list("slices", MAX_SLICES).stream().map(Codec::slice).toList(),
          fields.flag("draining"));
    }

    private static StageKey slice(Object value) {
      if (!(value instanceof JsonObject json)) {
        throw new IllegalArgumentException("a slice is no object");
      }
      return SliceJson.of(json);
    }
  }
}
