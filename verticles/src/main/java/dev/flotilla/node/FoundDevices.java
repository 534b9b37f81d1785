package dev.flotilla.node;

import dev.flotilla.engine.ComputeDevices;

/**
 * What engines of this node have found to compute with: each sees the GPUs that its own backend can
 * use, so the one that sees most is right. Thread-safe.
 */
final class FoundDevices {
  private ComputeDevices most = ComputeDevices.UNKNOWN;

  /** An engine has looked. */
  synchronized void found(ComputeDevices devices) {
    if (devices.gpus().size() >= most.gpus().size()) {
      most = devices;
    }
  }

  /** What is known by now. */
  synchronized ComputeDevices known() {
    return most;
  }
}
