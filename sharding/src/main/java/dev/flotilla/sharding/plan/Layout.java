package dev.flotilla.sharding.plan;

/**
 * A pipeline in a {@link Problem}.
 *
 * @param order nodes in the order of their stages
 * @param ends the layer after each stage's last
 * @param roundSeconds what the objective minimises: seconds in which each of the problem's streams
 *     gets a token
 */
record Layout(int[] order, int[] ends, double roundSeconds) {

  int from(int stage) {
    return stage == 0 ? 0 : ends[stage - 1];
  }

  int layers(int stage) {
    return ends[stage] - from(stage);
  }
}
