package dev.flotilla.cli.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Variables of LocalAI that say in other words what a setting says, and those that nothing here
 * corresponds to. Variables that only have another name are a setting's {@link
 * Setting#foreignVariables}.
 *
 * @param variables the environment
 */
record LocalAiVariables(Map<String, String> variables) implements SettingSource {
  private static final String RANDOM_WORKER = "LOCALAI_RANDOM_WORKER";
  private static final String TARGET_WORKER = "LOCALAI_TARGET_WORKER";
  private static final String DISABLE_DHT = "LOCALAI_P2P_DISABLE_DHT";

  /** Why each is not heeded. */
  private static final Map<String, String> UNHEEDED =
      new TreeMap<>(
          Map.of(
              "LOCALAI_P2P_NETWORK_ID",
              "the token alone says which swarm it is",
              "LOCALAI_P2P_LOGLEVEL",
              "the swarm logs as --log-level says",
              "LOCALAI_P2P_LIB_LOGLEVEL",
              "the swarm logs as --log-level says",
              "LOCALAI_P2P_ENABLE_LIMITS",
              "there is no libp2p whose resources it would limit",
              "LOCALAI_P2P_BOOTSTRAP_PEERS_MADDRS",
              "there is no libp2p: name a node with --peer HOST:PORT",
              "LOCALAI_P2P_LISTEN_MADDRS",
              "there is no libp2p: see --bind, --cluster-port, --bus-port and --link-port",
              "LOCALAI_P2P_DHT_ANNOUNCE_MADDRS",
              "there is no libp2p: see --advertise",
              "LOCALAI_P2P_DHT_INTERVAL",
              "tokens of Flotilla have no such interval",
              "LOCALAI_P2P_OTP_INTERVAL",
              "tokens of Flotilla have no such interval"));

  @Override
  public Optional<Given> find(Setting<?> setting) {
    if (setting.equals(FederationSettings.ROUTING)) {
      return value(TARGET_WORKER)
          .map(node -> given("fixed:" + node, TARGET_WORKER))
          .or(() -> isTrue(RANDOM_WORKER).map(_ -> given("random", RANDOM_WORKER)));
    }
    return setting.equals(SwarmSettings.DHT)
        ? isTrue(DISABLE_DHT).map(_ -> given("false", DISABLE_DHT))
        : Optional.empty();
  }

  private static Given given(String text, String variable) {
    return new Given(List.of(text), new Origin.Environment(variable));
  }

  private Optional<String> value(String variable) {
    return Optional.ofNullable(variables.get(variable))
        .map(String::strip)
        .filter(s -> !s.isEmpty());
  }

  private Optional<String> isTrue(String variable) {
    return value(variable).filter(text -> text.equalsIgnoreCase("true") || text.equals("1"));
  }

  /** One sentence for each variable that is set and changes nothing. */
  List<String> unheeded() {
    return UNHEEDED.entrySet().stream()
        .filter(entry -> value(entry.getKey()).isPresent())
        .map(entry -> entry.getKey() + " changes nothing here: " + entry.getValue())
        .toList();
  }
}
