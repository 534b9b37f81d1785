package dev.flotilla.node.api;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.Link;
import dev.flotilla.sharding.plan.NodeProfile;
import dev.flotilla.sharding.plan.Plan;
import dev.flotilla.sharding.plan.PlanReport;
import dev.flotilla.sharding.plan.Rejection;
import dev.flotilla.sharding.plan.Topology;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;

/** Topologies and plans as JSON. */
final class PlanJson {

  private PlanJson() {}

  /**
   * Machines and ways.
   *
   * @param reports what the machines say of themselves, by node id
   * @param names what people call them, by node id
   */
  static JsonObject of(
      Topology topology, Map<String, NodeReport> reports, Map<String, String> names) {
    JsonArray nodes = new JsonArray();
    topology
        .nodes()
        .forEach(node -> {
          JsonObject json = of(node, names);
          NodeReport report = reports.get(node.nodeId());
          nodes.add(report == null ? json : json.mergeIn(machine(report)));
        });
    JsonArray links = new JsonArray();
    topology.links().forEach(link -> links.add(of(link)));
    return new JsonObject().put("nodes", nodes).put("links", links);
  }

  private static JsonObject of(NodeProfile node, Map<String, String> names) {
    JsonObject speeds = new JsonObject();
    node.layerCosts()
        .forEach((shape, cost) ->
            speeds.put(
                shape,
                new JsonObject()
                    .put("prefill_seconds_per_token", cost.prefillSecondsPerToken())
                    .put("decode_seconds", cost.decodeSeconds())));
    return new JsonObject()
        .put("id", node.nodeId())
        .put("name", names.getOrDefault(node.nodeId(), node.nodeId()))
        .put("total_bytes", node.memory().totalBytes())
        .put("free_bytes", node.memory().freeBytes())
        .put("usable_bytes", node.memory().usableBytes())
        .put("cores", node.cores())
        .put("power", lower(node.power()))
        .put("labels", new JsonObject(Map.copyOf(node.labels())))
        .put("seconds_per_layer", speeds);
  }

  private static JsonObject machine(NodeReport report) {
    JsonArray gpus = new JsonArray();
    for (ComputeDevices.Gpu gpu : report.devices().gpus()) {
      gpus.add(
          new JsonObject()
              .put("name", gpu.name())
              .put("description", gpu.description())
              .put("total_bytes", gpu.totalBytes()));
    }
    return new JsonObject()
        .put("platform", report.platform())
        .put("cpu", report.devices().cpu())
        .put("cpu_features", new JsonArray(report.devices().cpuFeatures()))
        .put("gpus", gpus)
        .put("disk_free_bytes", report.diskBytes());
  }

  private static JsonObject of(Link link) {
    return new JsonObject()
        .put("from", link.from())
        .put("to", link.to())
        .put("round_trip_ms", link.rttSeconds() * 1000)
        .put("bytes_per_second", link.bytesPerSecond())
        .put("loss", link.loss())
        .put("age_seconds", link.ageSeconds())
        .put("confidence", link.confidence());
  }

  /** The plans of a model, and what was not chosen. */
  static JsonObject of(String modelId, PlanReport report, Map<String, String> names) {
    JsonArray previews = new JsonArray();
    report.plans().forEach(plan -> previews.add(of(modelId, plan, names)));
    JsonArray rejected = new JsonArray();
    report.rejections().forEach(rejection -> rejected.add(of(rejection, names)));
    return new JsonObject().put("previews", previews).put("rejected", rejected);
  }

  private static JsonObject of(String modelId, Plan plan, Map<String, String> names) {
    JsonArray stages = new JsonArray();
    JsonObject memory = new JsonObject();
    for (Plan.Stage stage : plan.stages()) {
      memory.put(stage.nodeId(), stage.memory().totalBytes());
      stages.add(
          new JsonObject()
              .put("node", stage.nodeId())
              .put("name", names.getOrDefault(stage.nodeId(), stage.nodeId()))
              .put("from", stage.layers().from())
              .put("to", stage.layers().to())
              .put("weight_bytes", stage.memory().weightBytes())
              .put("kv_bytes", stage.memory().kvBytes())
              .put("buffer_bytes", stage.memory().bufferBytes())
              .put("headroom_bytes", stage.memory().headroomBytes()));
    }
    Plan.Prediction prediction = plan.prediction();
    return new JsonObject()
        .put("model_id", modelId)
        .put("stages", stages)
        .put("memory_delta_by_node", memory)
        .put("tokens_per_second", prediction.rate())
        .put("first_token_seconds", prediction.firstTokenSeconds())
        .put("throughput_tokens_per_second", prediction.throughput())
        .put("speeds", lower(prediction.basis()))
        .put("limited_by", of(prediction.limit(), names));
  }

  private static JsonObject of(Plan.Limit limit, Map<String, String> names) {
    return switch (limit) {
      case Plan.Limit.Compute(String node) -> limited("compute", node, names);
      case Plan.Limit.Memory(String node) -> limited("memory", node, names);
      case Plan.Limit.Network(String from, String to) ->
          limited("network", from, names).put("to", to).put("to_name", names.getOrDefault(to, to));
    };
  }

  private static JsonObject limited(String by, String node, Map<String, String> names) {
    return new JsonObject()
        .put("by", by)
        .put("node", node)
        .put("name", names.getOrDefault(node, node));
  }

  private static JsonObject of(Rejection rejection, Map<String, String> names) {
    return new JsonObject()
        .put("option", rejection.option())
        .put("name", names.getOrDefault(rejection.option(), rejection.option()))
        .put("reason", lower(rejection.reason()))
        .put("detail", rejection.detail());
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
