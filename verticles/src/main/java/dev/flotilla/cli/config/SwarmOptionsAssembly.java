package dev.flotilla.cli.config;

import dev.flotilla.node.OptionException;
import dev.flotilla.node.SwarmOptions;
import dev.flotilla.node.SwarmPort;
import dev.flotilla.sharding.plan.Label;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** How a node takes part in a swarm, from its settings. */
final class SwarmOptionsAssembly {
  private static final int PREFERRED_CLUSTER_PORT = 7946;
  private static final int PREFERRED_BUS_PORT = 7947;
  private static final int PREFERRED_LINK_PORT = 7948;

  private final EffectiveSettings settings;

  SwarmOptionsAssembly(EffectiveSettings settings) {
    this.settings = settings;
  }

  private Optional<String> credential() {
    return settings
        .find(SwarmSettings.TOKEN)
        .or(() -> settings.find(SwarmSettings.TOKEN_FILE).map(SwarmOptionsAssembly::tokenIn));
  }

  /** How the node takes part in a swarm; empty if it is to be alone. */
  Optional<SwarmOptions> swarm(boolean federated) {
    Optional<String> credential = credential();
    return settings.get(SwarmSettings.P2P) || federated || credential.isPresent()
        ? Optional.of(swarm(credential))
        : Optional.empty();
  }

  /**
   * The same for a node that makes no sense alone.
   *
   * @param kept whether the node is a member already
   */
  SwarmOptions requiredSwarm(BooleanSupplier kept) {
    SwarmOptions swarm = swarm(credential());
    if (swarm.credential().isEmpty() && !kept.getAsBoolean()) {
      throw new OptionException("token", "a worker needs the token of a swarm, or an invite to it");
    }
    return swarm;
  }

  private SwarmOptions swarm(Optional<String> credential) {
    String bind = LocalAddress.require("bind", settings.get(SwarmSettings.BIND));
    return new SwarmOptions(
        credential,
        settings.get(SwarmSettings.NAME),
        bind,
        settings.find(SwarmSettings.ADVERTISE),
        port(SwarmSettings.CLUSTER_PORT, bind, PREFERRED_CLUSTER_PORT),
        port(SwarmSettings.BUS_PORT, bind, PREFERRED_BUS_PORT),
        port(SwarmSettings.LINK_PORT, bind, PREFERRED_LINK_PORT),
        settings.get(SwarmSettings.PEER),
        settings.get(SwarmSettings.MDNS),
        settings.get(SwarmSettings.DHT),
        settings.get(SwarmSettings.DHT_PORT),
        settings.get(SwarmSettings.DHT_BOOTSTRAP),
        settings.get(SwarmSettings.UPNP),
        settings.get(PlacementSettings.HALF_QUORUM),
        labels());
  }

  private Map<String, String> labels() {
    try {
      return Label.byName(settings.get(PlacementSettings.LABEL));
    } catch (IllegalArgumentException e) {
      throw new OptionException("label", "a node has one value of each: " + e.getMessage());
    }
  }

  private static String tokenIn(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new OptionException("token-file", "can't read " + file + ": " + e.getMessage());
    }
  }

  /** The port that is asked for, or the preferred one unless another program has it. */
  private SwarmPort port(Setting<Integer> setting, String bind, int preferred) {
    return settings
        .find(setting)
        .map(SwarmPort::given)
        .orElseGet(() -> isFree(bind, preferred) ? SwarmPort.preferred(preferred) : SwarmPort.ANY);
  }

  /** Whether it is free now; spares libraries that bind it later the noise that they make. */
  private static boolean isFree(String bind, int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getByName(bind))) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
