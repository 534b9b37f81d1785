package dev.flotilla.sharding.store;

/** Is told about a fetch, on its threads; must not block. */
public interface FetchListener {

  /** The state has changed, or half a second has gone by. */
  void progress(StageProgress progress);

  /** A node sent what is not the model's; it is asked for nothing more by this fetch. */
  void blamed(String nodeId, String reason);
}
