package dev.flotilla.federation.state;

/** Something that the swarm has decided. */
public sealed interface Event {

  /** The entry's epoch begins, with the entry's leader. */
  record LeaderElected() implements Event {}

  /** A node counts from now on, or says something new about itself. */
  record MemberJoined(Member member) implements Event {}

  /** A node counts no more. */
  record MemberLeft(String nodeId) implements Event {}

  /** A model is known. */
  record ModelAdded(ModelEntry model) implements Event {}

  /** A model is forgotten. */
  record ModelRemoved(String modelId) implements Event {}

  /** A model is never to be unloaded for want of requests. */
  record ModelPinned(String modelId) implements Event {}

  /** A model may be unloaded. */
  record ModelUnpinned(String modelId) implements Event {}

  /** A model is to have so many pipelines. */
  record ReplicasWanted(String modelId, ReplicaCount count) implements Event {}

  /** A pipeline is to be. */
  record PipelinePlaced(Placement placement) implements Event {}

  /** A pipeline has got further, or can't serve. */
  record PipelineStatusChanged(String pipelineId, Placement.Status status, String problem)
      implements Event {}

  /** Something is to be built beside a pipeline, to take its place. */
  record ReplacementBegun(String pipelineId, Replacement replacement) implements Event {}

  /** What is built beside a pipeline has got further, or can't take its place. */
  record ReplacementStatusChanged(String pipelineId, Placement.Status status, String problem)
      implements Event {}

  /** What was built beside a pipeline is the pipeline from now on. */
  record PipelineReplaced(String pipelineId) implements Event {}

  /** What was built beside a pipeline is not to be; the pipeline stays as it is. */
  record ReplacementDropped(String pipelineId, String reason) implements Event {}

  /** A pipeline is not to be any more, nor what is built beside it. */
  record PipelineRemoved(String pipelineId) implements Event {}
}
