package dev.flotilla.sharding.plan;

/**
 * The cost model. A token passes every stage and link once, and its id goes back to the first
 * stage: that is the time of a lone stream. Several streams form as many groups as there are
 * stages, at most; a group's tokens are one batch. A round takes as long as one group needs for the
 * whole way, or all groups for the busiest stage or link, whichever is longer.
 */
final class PipelineCost {
  private final Problem problem;

  PipelineCost(Problem problem) {
    this.problem = problem;
  }

  /** Seconds in which each of so many streams gets a token. */
  double roundSeconds(int[] order, int[] ends, int streams) {
    int groups = Math.min(order.length, streams);
    int batch = Math.ceilDiv(streams, groups);
    double way = problem.returnSeconds(order[order.length - 1], order[0]);
    double busiest = 0;
    for (int stage = 0; stage < order.length; stage++) {
      double work = stageSeconds(order, ends, stage, batch);
      way += work;
      busiest = Math.max(busiest, work);
      if (stage > 0) {
        int before = order[stage - 1];
        way += problem.hopSeconds(before, order[stage], batch);
        busiest = Math.max(busiest, problem.wireSeconds(before, order[stage], batch));
      }
    }
    return Math.max(way, groups * busiest);
  }

  private double stageSeconds(int[] order, int[] ends, int stage, int batch) {
    double layers = ends[stage] - (stage == 0 ? 0 : ends[stage - 1]);
    if (stage == order.length - 1) {
      layers += problem.model.headLayers();
    }
    return layers * problem.layerSeconds(order[stage], batch);
  }

  /**
   * Seconds from a prompt to its first token. The prompt goes through in batches that follow each
   * other: the first takes the whole way, and the busiest stage or link paces the rest.
   */
  double firstTokenSeconds(Layout layout, int promptTokens) {
    int[] order = layout.order();
    int batch = Math.min(promptTokens, ModelShape.BATCH_TOKENS);
    int last = order[order.length - 1];
    double way =
        problem.model.headLayers() * problem.layerSeconds(last, 1)
            + problem.returnSeconds(last, order[0]);
    double busiest = 0;
    for (int stage = 0; stage < order.length; stage++) {
      double work = layout.layers(stage) * problem.prefillSeconds(order[stage]) * batch;
      way += work;
      busiest = Math.max(busiest, work);
      if (stage > 0) {
        way += problem.hopSeconds(order[stage - 1], order[stage], batch);
        busiest = Math.max(busiest, problem.wireSeconds(order[stage - 1], order[stage], batch));
      }
    }
    return way + ((double) promptTokens / batch - 1) * busiest;
  }

  Plan.Prediction predict(Layout layout) {
    int slots = problem.constraints.slots();
    CostBasis basis = CostBasis.MEASURED;
    for (int node : layout.order()) {
      CostBasis other = problem.basis(node);
      basis = other.compareTo(basis) > 0 ? other : basis;
    }
    return new Plan.Prediction(
        roundSeconds(layout.order(), layout.ends(), 1),
        firstTokenSeconds(layout, problem.constraints.promptTokens()),
        slots / roundSeconds(layout.order(), layout.ends(), slots),
        basis,
        limit(layout));
  }

  private Plan.Limit limit(Layout layout) {
    int[] order = layout.order();
    double network = problem.returnSeconds(order[order.length - 1], order[0]);
    double worstHop = network;
    int worstTo = 0;
    double compute = 0;
    double worstWork = 0;
    int worstStage = 0;
    for (int stage = 0; stage < order.length; stage++) {
      double work = stageSeconds(order, layout.ends(), stage, 1);
      compute += work;
      if (work > worstWork) {
        worstWork = work;
        worstStage = stage;
      }
      if (stage > 0) {
        double hop = problem.hopSeconds(order[stage - 1], order[stage], 1);
        network += hop;
        if (hop > worstHop) {
          worstHop = hop;
          worstTo = stage;
        }
      }
    }
    if (network > compute) {
      int from = order[worstTo == 0 ? order.length - 1 : worstTo - 1];
      return new Plan.Limit.Network(id(from), id(order[worstTo]));
    }
    int full = fastestFull(layout);
    return full >= 0
        ? new Plan.Limit.Memory(id(order[full]))
        : new Plan.Limit.Compute(id(order[worstStage]));
  }

  /** The fastest stage, if it has no room for its neighbour's next layer; -1 otherwise. */
  private int fastestFull(Layout layout) {
    int[] order = layout.order();
    int fastest = 0;
    boolean differ = false;
    for (int stage = 1; stage < order.length; stage++) {
      double difference =
          problem.layerSeconds(order[stage], 1) - problem.layerSeconds(order[fastest], 1);
      differ |= difference != 0;
      fastest = difference < 0 ? stage : fastest;
    }
    if (!differ) {
      return -1;
    }
    int from = layout.from(fastest);
    int to = layout.ends()[fastest];
    boolean room =
        (fastest > 0 && problem.fits(order[fastest], from - 1, to))
            || (fastest < order.length - 1 && problem.fits(order[fastest], from, to + 1));
    return room ? -1 : fastest;
  }

  private String id(int node) {
    return problem.nodes.get(node).nodeId();
  }
}
