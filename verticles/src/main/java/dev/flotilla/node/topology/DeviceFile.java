package dev.flotilla.node.topology;

import dev.flotilla.engine.ComputeDevices;
import io.vertx.core.json.JsonObject;

/**
 * Keeps on disk what engines have found to compute with on this machine, so that a node that starts
 * again knows it before one has started. Blocks; any thread.
 */
public final class DeviceFile {
  private final MachineFile file;

  public DeviceFile(MachineFile file) {
    this.file = file;
  }

  /** What was kept; {@link ComputeDevices#UNKNOWN} if that does not hold here. */
  public ComputeDevices read() {
    return file.read(fields -> DevicesJson.decode(fields.object("devices")))
        .orElse(ComputeDevices.UNKNOWN);
  }

  /** Keeps what is known now. */
  public synchronized void keep(ComputeDevices known) {
    file.write(new JsonObject().put("devices", DevicesJson.encode(known)));
  }
}
