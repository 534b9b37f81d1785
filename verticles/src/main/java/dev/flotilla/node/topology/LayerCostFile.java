package dev.flotilla.node.topology;

import dev.flotilla.node.lending.JsonFields;
import dev.flotilla.sharding.plan.LayerCost;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps on disk what layers take on this machine, so that a node that starts again need not measure
 * before it plans. JSON: {@code machine} and {@code costs}. What another machine measured, or this
 * one with other software, is not used. Blocks; any thread.
 */
public final class LayerCostFile {
  private static final Logger log = LoggerFactory.getLogger(LayerCostFile.class);
  private static final int MAX_BYTES = 64 << 10;

  /** A cost that has changed by less is not worth a write. */
  private static final double WORTH_WRITING = 1.2;

  private final Path file;
  private final String machine;
  private Map<String, LayerCost> written = Map.of();

  /**
   * Reads nothing yet.
   *
   * @param file need not exist; its folder does
   * @param with what layers are computed besides the machine: software and settings
   */
  public LayerCostFile(Path file, String with) {
    this.file = file;
    this.machine =
        "%s, %s, %d processors, %s"
            .formatted(
                Machine.platform(),
                Machine.processor(),
                Runtime.getRuntime().availableProcessors(),
                with);
  }

  /** What was kept; nothing if that is damaged or does not hold here. */
  public synchronized Map<String, LayerCost> read() {
    try (InputStream in = Files.newInputStream(file)) {
      JsonObject json = new JsonObject(Buffer.buffer(in.readNBytes(MAX_BYTES)));
      JsonFields fields = new JsonFields(json);
      if (machine.equals(fields.text("machine", MAX_BYTES))) {
        written = LayerCosts.decode(fields.list("costs", NodeReport.MAX_COSTS));
      }
    } catch (NoSuchFileException _) {
      log.debug("nothing was measured here before");
    } catch (IOException | DecodeException | IllegalArgumentException e) {
      log.warn("{} can't be read, layers are measured again: {}", file, e.getMessage());
    }
    return written;
  }

  /** Keeps what is known now, if that is worth a write. A disk that fails costs a warning. */
  public synchronized void keep(Map<String, LayerCost> known) {
    if (known.entrySet().stream().allMatch(this::isKept)) {
      return;
    }
    written = Map.copyOf(known);
    JsonObject json =
        new JsonObject().put("machine", machine).put("costs", LayerCosts.encode(known));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, json.toBuffer().getBytes());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.warn("what layers take here is not kept: {}", e.toString());
    }
  }

  private boolean isKept(Map.Entry<String, LayerCost> known) {
    LayerCost before = written.get(known.getKey());
    return before != null
        && isAlike(before.decodeSeconds(), known.getValue().decodeSeconds())
        && isAlike(before.prefillSecondsPerToken(), known.getValue().prefillSecondsPerToken());
  }

  private static boolean isAlike(double before, double now) {
    return now < WORTH_WRITING * before && before < WORTH_WRITING * now;
  }
}
