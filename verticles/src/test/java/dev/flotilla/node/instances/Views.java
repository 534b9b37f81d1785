package dev.flotilla.node.instances;

import dev.flotilla.engine.ComputeDevices;
import dev.flotilla.federation.state.Member;
import dev.flotilla.federation.state.ModelEntry;
import dev.flotilla.federation.state.Placement;
import dev.flotilla.federation.state.SwarmState;
import dev.flotilla.node.lending.WorkerOffer;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.sharding.plan.ModelShape;
import dev.flotilla.sharding.plan.PowerSource;
import dev.flotilla.tokens.NodeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Swarms that tests look at. */
final class Views {
  static final long MIB = 1 << 20;
  static final int LAYERS = 4;
  static final String MODEL = "m";

  /** Four layers of 100 MiB. */
  static final ModelShape SHAPE =
      new ModelShape(
          MODEL,
          "llama/64/q8",
          Collections.nCopies(LAYERS, 100 * MIB),
          Collections.nCopies(LAYERS, 0L),
          100 * MIB,
          0,
          0,
          true,
          64,
          0,
          0,
          new TreeSet<>(List.of(1, 2, 3)));

  private Views() {}

  static String id(char letter) {
    return Character.toString(letter).repeat(64);
  }

  static Placement placement(String id, String model, Placement.Status status, String... nodes) {
    List<Placement.StageAt> stages = new ArrayList<>();
    for (int i = 0; i < nodes.length; i++) {
      stages.add(
          new Placement.StageAt(
              nodes[i], LAYERS * i / nodes.length, LAYERS * (i + 1) / nodes.length, 100 * MIB));
    }
    return new Placement(id, model, stages, false, status, "");
  }

  static SwarmState state(
      List<Member> members, List<ModelEntry> models, List<Placement> placements) {
    TreeMap<String, Member> byId = new TreeMap<>();
    members.forEach(member -> byId.put(member.nodeId(), member));
    TreeMap<String, ModelEntry> byName = new TreeMap<>();
    models.forEach(model -> byName.put(model.modelId(), model));
    TreeMap<String, Placement> byPipeline = new TreeMap<>();
    placements.forEach(each -> byPipeline.put(each.pipelineId(), each));
    return new SwarmState(
        1, "", 1, 1, byId, byName, new TreeMap<>(), new TreeSet<>(), byPipeline, List.of());
  }

  static Member member(String node, long lentBytes) {
    return new Member(node, "node-" + node.charAt(0), "full", true, lentBytes);
  }

  static ModelOffer offer(String digest, boolean served) {
    return new ModelOffer(MODEL, LAYERS, 4 * 100 * MIB, digest, 512, 1, served);
  }

  static ModelOffer offer(String digest, int contextTokens) {
    return new ModelOffer(MODEL, LAYERS, 4 * 100 * MIB, digest, contextTokens, 1, false);
  }

  static NodeReport report(long availableBytes, ModelOffer... models) {
    return new NodeReport(
        availableBytes,
        availableBytes,
        0,
        0,
        2,
        "Linux",
        ComputeDevices.UNKNOWN,
        0,
        PowerSource.MAINS,
        Map.of(),
        Map.of(),
        List.of(models),
        List.of());
  }

  static NodeReport labelled(NodeReport report, Map<String, String> labels) {
    return new NodeReport(
        report.totalBytes(),
        report.availableBytes(),
        report.lentBytes(),
        report.lendableBytes(),
        report.cores(),
        report.platform(),
        report.devices(),
        report.diskBytes(),
        report.power(),
        labels,
        report.layerCosts(),
        report.models(),
        report.ways());
  }

  static SwarmView view(SwarmState state, Map<String, NodeReport> reports, Map<String, Long> lent) {
    Map<NodeId, WorkerOffer> offers = new LinkedHashMap<>();
    lent.forEach((node, bytes) ->
        offers.put(new NodeId(node), new WorkerOffer("1", bytes, bytes, 2, 0, List.of(), false)));
    return new SwarmView(state, reports, offers, "1");
  }
}
