package dev.flotilla.node.topology;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.engine.ComputeDevices.Gpu;
import dev.flotilla.node.lending.JsonFields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What a machine computes with, as JSON; what others wrote is checked field by field. */
final class DevicesJson {
  private static final long MOST_BYTES = 1L << 50;

  private DevicesJson() {}

  static JsonObject encode(ComputeDevices devices) {
    JsonArray gpus = new JsonArray();
    for (Gpu gpu : devices.gpus()) {
      gpus.add(
          new JsonObject()
              .put("name", gpu.name())
              .put("is", gpu.description())
              .put("total", gpu.totalBytes()));
    }
    return new JsonObject()
        .put("cpu", devices.cpu())
        .put("features", new JsonArray(devices.cpuFeatures()))
        .put("gpus", gpus);
  }

  /**
   * What was encoded.
   *
   * @throws IllegalArgumentException that names the field that is wrong
   */
  static ComputeDevices decode(JsonFields fields) {
    List<Gpu> gpus = new ArrayList<>();
    for (JsonFields gpu : JsonFields.each(fields.list("gpus", NodeReport.MAX_GPUS))) {
      gpus.add(
          new Gpu(
              gpu.line("name", NodeReport.MAX_TEXT),
              gpu.line("is", NodeReport.MAX_TEXT),
              gpu.whole("total", 0, MOST_BYTES)));
    }
    return new ComputeDevices(
        fields.line("cpu", NodeReport.MAX_TEXT),
        fields.lines("features", NodeReport.MAX_CPU_FEATURES, NodeReport.MAX_TEXT),
        gpus);
  }
}
