package dev.flotilla.node;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.ComputeDevices.Gpu;
import dev.flotilla.node.topology.NodeReport;

/**
 * What engines of this node have found to compute with: each sees the GPUs that its own backend can
 * use, so the one that sees most is right. Thread-safe.
 */
final class FoundDevices {
  private ComputeDevices most = ComputeDevices.UNKNOWN;

  /** An engine has looked. What a report has no room for is left out, or others would refuse it. */
  synchronized void found(ComputeDevices devices) {
    if (devices.gpus().size() >= most.gpus().size()) {
      most =
          new ComputeDevices(
              devices.cpuFeatures().stream()
                  .limit(NodeReport.MAX_CPU_FEATURES)
                  .map(FoundDevices::line)
                  .toList(),
              devices.gpus().stream()
                  .limit(NodeReport.MAX_GPUS)
                  .map(gpu -> new Gpu(line(gpu.name()), line(gpu.description()), gpu.totalBytes()))
                  .toList());
    }
  }

  private static String line(String text) {
    String shown = text.replaceAll("\\p{Cntrl}", " ");
    return shown.substring(0, Math.min(shown.length(), NodeReport.MAX_TEXT));
  }

  /** What is known by now. */
  synchronized ComputeDevices known() {
    return most;
  }
}
