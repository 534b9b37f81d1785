package dev.flotilla.tokens;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a node is in its swarm. Its certificate carries it; it can't be changed without a new one.
 */
public enum NodeRole {
  /** Joined with the swarm's token itself, whose secret it holds: it may do everything. */
  FULL(EnumSet.allOf(Permission.class)),
  /** Invited to serve and to route, and to place models; it can't admit or expel anybody. */
  NODE(
      EnumSet.of(
          Permission.JOIN,
          Permission.OPEN_SESSIONS,
          Permission.HOST_STAGES,
          Permission.FETCH_SLICES,
          Permission.PLACE_MODELS)),
  /** Invited to lend its memory. */
  WORKER(EnumSet.of(Permission.JOIN, Permission.HOST_STAGES, Permission.FETCH_SLICES)),
  /** Invited to let clients in: it routes their requests and hosts nothing. */
  GATEWAY(EnumSet.of(Permission.JOIN, Permission.OPEN_SESSIONS));

  private final Set<Permission> permissions;

  NodeRole(Set<Permission> permissions) {
    this.permissions = permissions;
  }

  /** Whether a node of this role may do something. */
  public boolean may(Permission permission) {
    return permissions.contains(permission);
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
