package dev.flotilla.federation;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a node tells all gateways of one of its replicas: on every change, and every second as a
 * sign of life.
 *
 * @param nodeId 64 lower-case hexadecimal digits
 * @param modelId the model, 1 to {@value #MAX_NAME_CHARS} chars
 * @param version the release that the node runs, at most {@value #MAX_NAME_CHARS} chars; gateways
 *     only open sessions on nodes of their own wire format
 * @param description digest of the replica's {@link ModelDescription}
 * @param incarnation greater after every start of the node
 * @param sequence greater with every announcement of an incarnation
 * @param state whether it takes sessions
 * @param slots sessions it runs at once
 * @param running sessions that hold a slot
 * @param queued sessions that wait for one
 * @param queueLimit sessions that may wait
 * @param contextTokens positions one session may use
 * @param freeCacheTokens positions of all slots that hold nothing
 * @param pendingPromptTokens prompt tokens of all sessions that are still to be read
 * @param pendingOutputTokens tokens that all sessions are expected to generate still
 * @param arrivalsPerSecond sessions that were opened lately, from all gateways
 * @param speed its measured speed
 * @param prefixes the prompts its cache begins with; empty if unchanged since the announcement
 *     before
 */
public record ReplicaAnnouncement(
    String nodeId,
    String modelId,
    String version,
    String description,
    long incarnation,
    long sequence,
    State state,
    int slots,
    int running,
    int queued,
    int queueLimit,
    int contextTokens,
    long freeCacheTokens,
    long pendingPromptTokens,
    long pendingOutputTokens,
    double arrivalsPerSecond,
    ReplicaSpeed speed,
    Optional<PrefixDigest> prefixes) {

  /** The longest model id or version. */
  public static final int MAX_NAME_CHARS = 256;

  /** The most slots and waiting sessions that are believed. */
  static final int MAX_SESSIONS = 1 << 20;

  private static final Pattern NODE_ID = Pattern.compile("[0-9a-f]{64}");

  /** Whether a replica takes sessions. */
  public enum State {
    /** It takes sessions. */
    READY,
    /** It is being loaded or restarted. */
    LOADING,
    /** It can't serve. */
    FAILED,
    /** It finishes what runs and takes nothing new. */
    DRAINING
  }

  public ReplicaAnnouncement {
    require("nodeId", NODE_ID.matcher(nodeId).matches());
    require("modelId", !modelId.isEmpty() && modelId.length() <= MAX_NAME_CHARS);
    require("version", version.length() <= MAX_NAME_CHARS);
    require("description", ModelDescription.isDigest(description));
    require("slots", slots >= 1 && slots <= MAX_SESSIONS);
    require("running", running >= 0 && running <= MAX_SESSIONS);
    require("queued", queued >= 0 && queued <= MAX_SESSIONS);
    require("queueLimit", queueLimit >= 0 && queueLimit <= MAX_SESSIONS);
    require("contextTokens", contextTokens >= 1);
    require("freeCacheTokens", freeCacheTokens >= 0);
    require("pendingPromptTokens", pendingPromptTokens >= 0);
    require("pendingOutputTokens", pendingOutputTokens >= 0);
    require("arrivalsPerSecond", arrivalsPerSecond >= 0 && arrivalsPerSecond <= 1e9);
  }

  private static void require(String field, boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("announcement: " + field + " is out of range");
    }
  }

  /** Whether this one was made before another of the same replica. */
  boolean olderThan(ReplicaAnnouncement other) {
    return incarnation < other.incarnation
        || (incarnation == other.incarnation && sequence <= other.sequence);
  }

  /** The same in another state. */
  public ReplicaAnnouncement with(State other) {
    return with(other, prefixes);
  }

  /** The same with other prefixes, or with none where they have not changed. */
  public ReplicaAnnouncement with(Optional<PrefixDigest> known) {
    return with(state, known);
  }

  private ReplicaAnnouncement with(State other, Optional<PrefixDigest> known) {
    return new ReplicaAnnouncement(
        nodeId,
        modelId,
        version,
        description,
        incarnation,
        sequence,
        other,
        slots,
        running,
        queued,
        queueLimit,
        contextTokens,
        freeCacheTokens,
        pendingPromptTokens,
        pendingOutputTokens,
        arrivalsPerSecond,
        speed,
        known);
  }
}
