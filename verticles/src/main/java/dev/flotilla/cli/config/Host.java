package dev.flotilla.cli.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What defaults depend on: the machine and the user that the program runs for.
 *
 * @param environment the environment variables
 * @param home the user's folder
 * @param installation the folder that holds Flotilla's {@code conf/}, where the launcher names it
 * @param processors logical processors that this process may use
 * @param physicalCores physical cores among them, at least 1
 */
public record Host(
    Map<String, String> environment,
    Path home,
    Optional<Path> installation,
    int processors,
    int physicalCores) {

  /** The system property by which the launcher names the installation. */
  static final String INSTALLATION_PROPERTY = "flotilla.home";

  /** This process's own. The one place where the environment is read. */
  public static Host current() {
    int processors = Runtime.getRuntime().availableProcessors();
    return new Host(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        Optional.ofNullable(System.getProperty(INSTALLATION_PROPERTY)).map(Path::of),
        processors,
        PhysicalCores.count(processors));
  }

  /** The variable's value, unless it is unset or blank. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  /** The file that a variable names. */
  public Optional<Path> path(String variable) {
    return variable(variable).map(Path::of);
  }

  /** The key that commands present to a server: the first of {@code FLOTILLA_API_KEY}. */
  public Optional<String> apiKey() {
    return variable(ApiSettings.API_KEY.variable())
        .flatMap(keys -> SettingType.commaSeparated(keys).stream().findFirst());
  }

  /** The machine's name, or this node's where it has none. */
  String machineName() {
    return variable("HOSTNAME")
        .or(() -> variable("COMPUTERNAME"))
        .or(Host::kernelName)
        .filter(name -> name.length() <= 64)
        .orElse("node");
  }

  private static Optional<String> kernelName() {
    try {
      return Optional.of(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip())
          .filter(name -> !name.isBlank());
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /** The state folder by default (XDG Base Directory Specification 0.8). */
  public Path defaultStateDir() {
    return xdg("XDG_STATE_HOME", ".local/state").resolve("flotilla");
  }

  /** The user's configuration folder (XDG Base Directory Specification 0.8). */
  Path configDir() {
    return xdg("XDG_CONFIG_HOME", ".config").resolve("flotilla");
  }

  private Path xdg(String variable, String fallback) {
    return variable(variable)
        .map(Path::of)
        .filter(Path::isAbsolute)
        .orElseGet(() -> home.resolve(fallback));
  }
}
