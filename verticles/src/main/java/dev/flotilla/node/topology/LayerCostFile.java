package dev.flotilla.node.topology;

import dev.flotilla.sharding.plan.LayerCost;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * Keeps on disk what layers take on this machine, so that a node that starts again need not measure
 * before it plans. Blocks; any thread.
 */
public final class LayerCostFile {
  /** A cost that has changed by less is not worth a write. */
  private static final double WORTH_WRITING = 1.2;

  private final MachineFile file;
  private Map<String, LayerCost> written = Map.of();

  public LayerCostFile(MachineFile file) {
    this.file = file;
  }

  /** What was kept; nothing if that does not hold here. */
  public synchronized Map<String, LayerCost> read() {
    written =
        file.read(fields -> LayerCosts.decode(fields.list("costs", NodeReport.MAX_COSTS)))
            .orElse(Map.of());
    return written;
  }

  /** Keeps what is known now, if that is worth a write. */
  public synchronized void keep(Map<String, LayerCost> known) {
    if (!known.entrySet().stream().allMatch(this::isKept)) {
      written = Map.copyOf(known);
      file.write(new JsonObject().put("costs", LayerCosts.encode(known)));
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
