package dev.flotilla.cli.config;

import dev.flotilla.cli.config.NodeSettings.Section;
import dev.flotilla.cli.config.Setting.Default;
import dev.flotilla.federation.Stickiness;
import dev.flotilla.node.upstream.UpstreamAddress;
import java.nio.file.Path;
import java.util.List;

/** The settings of gateways: a part of the table in {@link NodeSettings}. */
final class FederationSettings {
  private FederationSettings() {}

  /** By what sessions are known to belong together. */
  enum Sticky {
    OFF,
    HEADER,
    USER;

    Stickiness stickiness() {
      return switch (this) {
        case OFF -> Stickiness.OFF;
        case HEADER -> Stickiness.CONVERSATION;
        case USER -> Stickiness.USER;
      };
    }
  }

  /** The policy of one model. */
  record ModelRouting(String model, String policy) {
    /** Reads {@code MODEL=POLICY}; a model's name may hold an equals sign, a policy's may not. */
    static ModelRouting parse(String text) {
      int equals = text.lastIndexOf('=');
      if (equals < 1 || equals == text.length() - 1) {
        throw new IllegalArgumentException("'" + text + "' is not MODEL=POLICY");
      }
      return new ModelRouting(text.substring(0, equals), text.substring(equals + 1));
    }
  }

  static final Setting<Boolean> FEDERATED =
      Setting.of(
              "federated",
              SettingType.SWITCH,
              "false",
              "Offer the models of the whole swarm: requests go where they finish soonest, and"
                  + " answers outlive the node that was giving them. Joins a swarm as --p2p does.")
          .withVariables("LOCALAI_FEDERATED", "FEDERATED", "LOCALAI_PEDERATED");
  static final Setting<String> ROUTING =
      Setting.of(
          "routing",
          SettingType.TEXT,
          "predicted",
          "Who gets a request: predicted (who finishes it soonest), least-loaded, round-robin,"
              + " random, or fixed:NODE (a name, or the beginning of an id) as long as that node is there.");
  static final Setting<List<ModelRouting>> MODEL_ROUTING =
      Setting.of(
              "model-routing",
              SettingType.list("MODEL=POLICY", ModelRouting::parse),
              "",
              "Who gets a request for one model, in place of routing; may be given several times.")
          .withDefault(Default.NONE);
  static final Setting<Sticky> STICKY =
      Setting.of(
          "sticky",
          SettingType.choice(Sticky.class),
          "off",
          "Which sessions go to one replica unless that is busy: header, those with the same"
              + " X-Flotilla-Session; user, those too that have the same user field.");
  static final Setting<List<UpstreamAddress>> UPSTREAM =
      Setting.of(
              "upstream",
              SettingType.list("NAME=URL", UpstreamAddress::parse),
              "",
              "Another server with OpenAI's API (llama-server, Ollama, vLLM, LocalAI) whose models"
                  + " are offered too; may be given several times. Its key, if it wants one, is in"
                  + " FLOTILLA_UPSTREAM_KEY_NAME or in upstream-key-file.")
          .withDefault(Default.NONE);
  static final Setting<Path> UPSTREAM_KEY_FILE =
      Setting.of(
              "upstream-key-file",
              SettingType.PATH,
              "",
              "File with the keys that upstreams want, a line NAME KEY each.")
          .withDefault(Default.NONE);
  static final Setting<List<UpstreamAuthority>> UPSTREAM_CA =
      Setting.of(
              "upstream-ca",
              SettingType.list("NAME=FILE", UpstreamAuthority::parse),
              "",
              "PEM file with the authority of an upstream's certificate, or the certificate itself,"
                  + " where it is none that Java trusts; no other is believed of that upstream. May"
                  + " be given for several.")
          .withDefault(Default.NONE);
  static final Setting<Long> UPSTREAM_TIMEOUT =
      Setting.of(
          "upstream-timeout",
          SettingType.MILLIS,
          "5m",
          "How long an upstream may give nothing while a request waits for it.");

  static final Section SECTION =
      new Section(
          "Federated serving",
          List.of(
              FEDERATED,
              ROUTING,
              MODEL_ROUTING,
              STICKY,
              UPSTREAM,
              UPSTREAM_KEY_FILE,
              UPSTREAM_CA,
              UPSTREAM_TIMEOUT));
}
