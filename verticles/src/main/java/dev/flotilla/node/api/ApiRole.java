package dev.flotilla.node.api;

import java.util.Arrays;
import java.util.Optional;

/** What the holder of an API key may do; each role may do what those before it may. */
public enum ApiRole {
  /** See models, status and members. */
  READ_ONLY("read-only"),
  /** Have answers generated. */
  USER("user"),
  /** Administer the node and its swarm. */
  ADMIN("admin");

  private final String label;

  ApiRole(String label) {
    this.label = label;
  }

  /** The role of a name. */
  public static Optional<ApiRole> of(String label) {
    return Arrays.stream(values()).filter(role -> role.label.equals(label)).findFirst();
  }

  /** Its name, as people write it. */
  public String label() {
    return label;
  }

  /** Whether its holder may do what another role may. */
  public boolean permits(ApiRole needed) {
    return compareTo(needed) >= 0;
  }
}
