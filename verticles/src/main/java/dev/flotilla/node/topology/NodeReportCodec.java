package dev.flotilla.node.topology;

import dev.flotilla.node.cluster.WireCodec;
import dev.flotilla.node.lending.JsonFields;
import dev.flotilla.sharding.plan.Label;
import dev.flotilla.sharding.plan.PowerSource;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reports as JSON; what comes from another node is checked field by field. */
final class NodeReportCodec implements WireCodec<NodeReport> {
  private static final int MAX_BYTES = 512 << 10;
  private static final int MAX_MODEL_ID = 255;
  private static final long MOST_BYTES = 1L << 50;
  private static final double MOST_MILLIS = 60_000;

  @Override
  public Buffer encode(NodeReport report) {
    JsonArray ways = new JsonArray();
    for (NodeReport.Way way : report.ways()) {
      ways.add(
          new JsonObject()
              .put("from", way.fromNode())
              .put("rtt", way.roundTripMillis())
              .put("rate", way.bytesPerSecond())
              .put("held", way.heldUp())
              .put("samples", way.samples())
              .put("age", way.ageSeconds()));
    }
    JsonArray labels = new JsonArray();
    report
        .labels()
        .forEach((name, value) -> labels.add(new JsonObject().put("name", name).put("is", value)));
    return new JsonObject()
        .put("total", report.totalBytes())
        .put("available", report.availableBytes())
        .put("lent", report.lentBytes())
        .put("lendable", report.lendableBytes())
        .put("cores", report.cores())
        .put("platform", report.platform())
        .put("devices", DevicesJson.encode(report.devices()))
        .put("disk", report.diskBytes())
        .put("power", report.power().name())
        .put("labels", labels)
        .put("costs", LayerCosts.encode(report.layerCosts()))
        .put("models", models(report.models()))
        .put("ways", ways)
        .toBuffer();
  }

  @Override
  public NodeReport decode(Buffer bytes) {
    if (bytes.length() > MAX_BYTES) {
      throw new IllegalArgumentException("a report of " + bytes.length() + " bytes");
    }
    JsonFields fields = new JsonFields(new JsonObject(bytes));
    long total = fields.whole("total", 0, MOST_BYTES);
    return new NodeReport(
        total,
        fields.whole("available", 0, MOST_BYTES),
        fields.whole("lent", 0, MOST_BYTES),
        fields.whole("lendable", 0, MOST_BYTES),
        fields.count("cores", 1, 1 << 16),
        fields.line("platform", NodeReport.MAX_TEXT),
        DevicesJson.decode(fields.object("devices")),
        fields.whole("disk", 0, MOST_BYTES),
        fields.choice("power", PowerSource.class),
        labels(fields.list("labels", NodeReport.MAX_LABELS)),
        LayerCosts.decode(fields.list("costs", NodeReport.MAX_COSTS)),
        models(fields.list("models", NodeReport.MAX_MODELS)),
        ways(fields.list("ways", NodeReport.MAX_WAYS)));
  }

  private static Map<String, String> labels(JsonArray list) {
    Map<String, String> labels = new HashMap<>();
    for (JsonFields label : JsonFields.each(list)) {
      Label read =
          new Label(label.text("name", NodeReport.MAX_TEXT), label.text("is", NodeReport.MAX_TEXT));
      labels.put(read.name(), read.value());
    }
    return labels;
  }

  private static JsonArray models(List<ModelOffer> offers) {
    JsonArray models = new JsonArray();
    for (ModelOffer offer : offers) {
      models.add(
          new JsonObject()
              .put("id", offer.id())
              .put("layers", offer.layers())
              .put("bytes", offer.bytes())
              .put("digest", offer.digest())
              .put("context", offer.contextTokens())
              .put("slots", offer.slots())
              .put("served", offer.served()));
    }
    return models;
  }

  private static List<ModelOffer> models(JsonArray list) {
    List<ModelOffer> models = new ArrayList<>();
    for (JsonFields model : JsonFields.each(list)) {
      models.add(
          new ModelOffer(
              model.text("id", MAX_MODEL_ID),
              model.count("layers", 1, 1 << 12),
              model.whole("bytes", 0, MOST_BYTES),
              model.text("digest", NodeReport.MAX_TEXT),
              model.count("context", 1, 1 << 24),
              model.count("slots", 1, 1 << 16),
              model.flag("served")));
    }
    return models;
  }

  private static List<NodeReport.Way> ways(JsonArray list) {
    List<NodeReport.Way> ways = new ArrayList<>();
    for (JsonFields way : JsonFields.each(list)) {
      ways.add(
          new NodeReport.Way(
              way.text("from", 64),
              way.number("rtt", 0, MOST_MILLIS),
              way.number("rate", 0, 1e12),
              way.number("held", 0, 1),
              way.count("samples", 0, Integer.MAX_VALUE),
              way.number("age", 0, 1e9)));
    }
    return ways;
  }
}
