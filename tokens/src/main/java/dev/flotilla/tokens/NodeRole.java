package dev.flotilla.tokens;

import java.util.Locale;

/**
 * What a node is in its swarm. Its certificate carries it; it can't be changed without a new one.
 */
public enum NodeRole {
  /** Joined with the swarm's token itself, whose secret it holds: it may do everything. */
  FULL,
  /** Invited to serve, to route and to place models; it can't admit or expel anybody. */
  NODE,
  /** Invited to lend its memory. */
  WORKER,
  /** Invited to let clients in: it routes their requests and hosts nothing. */
  GATEWAY;

  /** Whether a node of this role may do something. */
  public boolean may(Permission permission) {
    return switch (permission) {
      case JOIN -> true;
      case OPEN_SESSIONS -> this != WORKER;
      case HOST_STAGES, FETCH_SLICES -> this != GATEWAY;
      case PLACE_MODELS -> this == FULL || this == NODE;
      case ENROL_NODES, REVOKE_NODES, HOLD_SECRET -> this == FULL;
    };
  }

  /** Its name in options, certificates and answers. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The role of a name.
   *
   * @throws TokenException if there is none
   */
  public static NodeRole of(String label) {
    for (NodeRole role : values()) {
      if (role.label().equals(label)) {
        return role;
      }
    }
    throw new TokenException(
        TokenFailure.MALFORMED, "no role is called '" + label + "' (node, worker, gateway)");
  }
}
