package dev.flotilla.federation.scaling;

/** What is to be done about a model. */
public sealed interface ScalingStep {

  /** Place one more pipeline, if there is room for it. */
  record Add(String modelId) implements ScalingStep {}

  /** Drain a pipeline and take it down. */
  record Remove(String modelId, String pipelineId) implements ScalingStep {}
}
