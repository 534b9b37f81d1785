package dev.flotilla.cli.config;

import dev.flotilla.cli.config.Setting.Default;
import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.TokenException;
import java.nio.file.Path;
import java.util.List;

/** The part of the table that says how a node finds its swarm, and is found. */
final class SwarmSettings {
  private SwarmSettings() {}

  static final Setting<Boolean> P2P =
      Setting.of(
              "p2p",
              SettingType.SWITCH,
              "false",
              "Join the swarm of the token, or begin one; on where a token is given.")
          .withVariables("LOCALAI_P2P", "P2P");

  static final Setting<String> TOKEN =
      Setting.of(
              "token",
              SettingType.TEXT,
              "",
              "Swarm token or invite. Other users can see flags: prefer the variable or"
                  + " token-file.")
          .withDefault(new Default("what the state folder keeps", _ -> List.of()))
          .withFlags("--p2p-token")
          .withVariables("LOCALAI_P2P_TOKEN", "P2P_TOKEN", "TOKEN")
          .asSecret();

  static final Setting<Path> TOKEN_FILE =
      Setting.of("token-file", SettingType.PATH, "", "File with the token or invite.")
          .withDefault(Default.NONE);

  static final Setting<String> NAME =
      Setting.of("name", SettingType.TEXT, "", "What people call this node.")
          .withDefault(new Default("the machine's name", host -> List.of(host.machineName())));

  static final Setting<String> BIND =
      Setting.of("bind", SettingType.TEXT, "0.0.0.0", "Address that the swarm's ports listen on.");

  static final Setting<String> ADVERTISE =
      Setting.of("advertise", SettingType.TEXT, "", "Address that other nodes reach this one by.")
          .withDefault(new Default("bind, or the machine's own", _ -> List.of()));

  static final Setting<Integer> CLUSTER_PORT =
      portOf("cluster-port", 7946, "Port of the cluster; 0 takes a free one.");

  static final Setting<Integer> BUS_PORT =
      portOf("bus-port", 7947, "Port of the event bus; 0 takes a free one.");

  static final Setting<Integer> LINK_PORT =
      portOf("link-port", 7948, "Port of links between nodes; 0 takes a free one.");

  static final Setting<List<PeerAddress>> PEER =
      Setting.of(
              "peer",
              SettingType.list("HOST:PORT", SwarmSettings::peer),
              "",
              "Cluster port of another node; may be given several times.")
          .withDefault(Default.NONE)
          .withVariables("FLOTILLA_PEERS");

  static final Setting<Boolean> MDNS =
      Setting.of("mdns", SettingType.SWITCH, "true", "Look for nodes on the local network.");

  static final Setting<Boolean> DHT =
      Setting.of(
          "dht",
          SettingType.SWITCH,
          "false",
          "Look for nodes anywhere, by a rendezvous in the Mainline DHT that only they know.");

  static final Setting<Integer> DHT_PORT =
      Setting.of("dht-port", SettingType.INTEGER, "0", "UDP port of the DHT; 0 takes a free one.");

  private static final List<String> PUBLIC_DHT =
      List.of(
          "router.bittorrent.com:6881", "dht.transmissionbt.com:6881", "router.utorrent.com:6881");

  static final Setting<List<PeerAddress>> DHT_BOOTSTRAP =
      Setting.of(
              "dht-bootstrap",
              SettingType.list("HOST:PORT", SwarmSettings::peer),
              "",
              "Where the DHT is entered; may be given several times.")
          .withDefault(new Default("public ones", _ -> PUBLIC_DHT));

  static final Setting<Boolean> UPNP =
      Setting.of(
          "upnp",
          SettingType.SWITCH,
          "false",
          "Ask the network's router to let the swarm's ports through, as long as this node runs.");

  static final NodeSettings.Section SECTION =
      new NodeSettings.Section(
          "Swarm",
          List.of(
              P2P,
              TOKEN,
              TOKEN_FILE,
              NAME,
              BIND,
              ADVERTISE,
              CLUSTER_PORT,
              BUS_PORT,
              LINK_PORT,
              PEER,
              MDNS,
              DHT,
              DHT_PORT,
              DHT_BOOTSTRAP,
              UPNP));

  private static Setting<Integer> portOf(String name, int preferred, String meaning) {
    return Setting.of(name, SettingType.INTEGER, "", meaning)
        .withDefault(new Default(preferred + ", or a free one if it is taken", _ -> List.of()));
  }

  private static PeerAddress peer(String text) {
    try {
      return PeerAddress.parse(text.strip());
    } catch (TokenException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
