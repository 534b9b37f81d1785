package dev.flotilla.federation.scaling;

import java.util.List;

/**
 * A model at one moment.
 *
 * @param modelId the model
 * @param min pipelines it keeps without requests
 * @param max pipelines it may have
 * @param pinned whether it keeps one pipeline at least
 * @param pipelines those that serve it or load
 * @param waiting requests that no pipeline has a slot for
 * @param queuedSinceMillis since when some have always waited; meaningless if none waits
 * @param lastRequestMillis when the last one came
 * @param lastChangeMillis when its number of pipelines changed last
 */
public record ModelLoad(
    String modelId,
    int min,
    int max,
    boolean pinned,
    List<PipelineLoad> pipelines,
    int waiting,
    long queuedSinceMillis,
    long lastRequestMillis,
    long lastChangeMillis) {

  public ModelLoad {
    pipelines = List.copyOf(pipelines);
    if (min < 0 || max < Math.max(1, min) || waiting < 0) {
      throw new IllegalArgumentException(
          "from %d to %d pipelines, %d waiting".formatted(min, max, waiting));
    }
  }

  /** Pipelines that it keeps whatever happens. */
  int floor() {
    return pinned ? Math.max(1, min) : min;
  }

  /**
   * A pipeline at one moment.
   *
   * @param ready whether it serves, rather than loads
   * @param slots sessions it can run at once
   * @param running sessions it runs
   * @param idleSinceMillis since when it has run none; meaningless if it runs some
   */
  public record PipelineLoad(
      String pipelineId, boolean ready, int slots, int running, long idleSinceMillis) {}
}
