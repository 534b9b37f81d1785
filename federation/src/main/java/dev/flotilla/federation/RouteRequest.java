package dev.flotilla.federation;

/**
 * What routing knows of a request.
 *
 * @param prompt its prompt
 * @param promptTokens about how many tokens that is
 * @param outputTokens how many tokens its answer is expected to have
 */
public record RouteRequest(PrefixChain prompt, double promptTokens, double outputTokens) {
  public RouteRequest {
    if (!(promptTokens >= 0) || !(outputTokens >= 0)) {
      throw new IllegalArgumentException(promptTokens + " and " + outputTokens + " tokens");
    }
  }

  /** The tokens of the prompt that a replica would have to read. */
  double uncachedTokens(ReplicaAnnouncement replica) {
    double cached = replica.prefixes().map(prompt::cachedShare).orElse(0.0);
    return Math.max(1, promptTokens * (1 - cached));
  }

  /** Whether its prompt seems to leave room for an answer in a replica's context. */
  boolean fits(ReplicaAnnouncement replica) {
    return promptTokens < replica.contextTokens();
  }

  /** The work it brings to a replica. */
  Load load(ReplicaAnnouncement replica) {
    return new Load(1, uncachedTokens(replica), outputTokens);
  }
}
