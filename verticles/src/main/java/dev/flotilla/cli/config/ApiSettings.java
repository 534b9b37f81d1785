package dev.flotilla.cli.config;

import dev.flotilla.cli.config.NodeSettings.Section;
import dev.flotilla.cli.config.Setting.Default;
import java.nio.file.Path;
import java.util.List;

/** The settings of the HTTP API: a part of the table in {@link NodeSettings}. */
final class ApiSettings {
  private ApiSettings() {}

  static final Setting<HostPort> ADDRESS =
      Setting.of(
              "address",
              SettingType.ADDRESS,
              "127.0.0.1:8080",
              "Where the API listens; :8080 listens on every interface, port 0 takes a free one.")
          .withVariables("LOCALAI_ADDRESS", "ADDRESS");
  static final Setting<List<String>> API_KEY =
      Setting.of(
              "api-key",
              SettingType.list("KEY", SettingType::nonEmpty),
              "",
              "Key that clients must present; may be given several times. Other users can see flags:"
                  + " prefer the variable or api-key-file.")
          .withDefault(new Default("none, everyone may call", _ -> List.of()))
          .withVariables("LOCALAI_API_KEY")
          .asSecret();
  static final Setting<Path> API_KEY_FILE =
      Setting.of(
              "api-key-file",
              SettingType.PATH,
              "",
              "File with further keys, one a line, with roles and limits where wanted (docs/CONFIGURATION.md).")
          .withDefault(Default.NONE);
  static final Setting<Path> TLS_CERT =
      Setting.of(
              "tls-cert",
              SettingType.PATH,
              "",
              "PEM file with the API's certificate and those that lead to its authority; the API is"
                  + " then served over HTTPS.")
          .withDefault(Default.NONE);
  static final Setting<Path> TLS_KEY =
      Setting.of("tls-key", SettingType.PATH, "", "PEM file with the private key of tls-cert.")
          .withDefault(Default.NONE);
  static final Setting<Boolean> TLS_SELF_SIGNED =
      Setting.of(
          "tls-self-signed",
          SettingType.SWITCH,
          "false",
          "Serve the API over HTTPS with a certificate that the node makes and keeps in its state"
              + " folder.");
  static final Setting<List<String>> CORS_ORIGIN =
      Setting.of(
              "cors-origin",
              SettingType.list("ORIGIN", SettingType::nonEmpty),
              "",
              "Web origin whose pages may call the API, or *; may be given several times.")
          .withDefault(Default.NONE)
          .withVariables("LOCALAI_CORS_ALLOW_ORIGINS");
  static final Setting<Integer> BODY_LIMIT =
      Setting.of("body-limit", SettingType.BYTES, "16MiB", "The longest request body.");
  static final Setting<Long> DRAIN_TIMEOUT =
      Setting.of(
          "drain-timeout",
          SettingType.MILLIS,
          "30s",
          "How long answers in progress may go on when the node is told to stop.");

  static final Section SECTION =
      new Section(
          "HTTP API",
          List.of(
              ADDRESS,
              API_KEY,
              API_KEY_FILE,
              TLS_CERT,
              TLS_KEY,
              TLS_SELF_SIGNED,
              CORS_ORIGIN,
              BODY_LIMIT,
              DRAIN_TIMEOUT));
}
