package dev.flotilla.node;

import java.nio.file.Path;
import java.util.List;

/** What a node says once it serves: the banner is for people, the readiness line for scripts. */
public final class StartupBanner {
  private static final String DEMO_MODEL_ID = "flotilla-demo";

  private StartupBanner() {}

  /**
   * The one stable line on standard output, without its line end: {@code ready http://HOST:PORT},
   * or {@code https}.
   *
   * @param scheme http or https
   * @param host the host that the node listens on; a wildcard address becomes one that can be
   *     connected to
   * @param port the port it really listens on
   */
  public static String readyLine(String scheme, String host, int port) {
    return "ready " + url(scheme, host, port);
  }

  /**
   * The banner, several lines for standard error.
   *
   * @param scheme http or https
   * @param host the host that the node listens on
   * @param port the port it really listens on
   * @param models ids of the models it serves
   */
  public static String text(String scheme, String host, int port, List<String> models) {
    String url = url(scheme, host, port);
    return """

      Flotilla is ready.
        API      %s/v1
        models   %s
        try      %s

    """
        .formatted(url, describe(models), nextCommand(url, models));
  }

  /**
   * How clients know a node with a self-signed certificate.
   *
   * @param fingerprint its SHA-256
   * @param file the certificate
   */
  static String selfSigned(String fingerprint, Path file) {
    return """
        Its certificate is self-signed: clients must be told to trust it.
          SHA-256  %s
          file     %s
                   (flotilla chat --ca FILE, curl --cacert FILE)

    """
        .formatted(fingerprint, file);
  }

  /**
   * What a node says that serves nothing of its own.
   *
   * @param lentBytes memory that it lends to its swarm
   */
  static String worker(String scheme, String host, int port, long lentBytes) {
    return """

      Flotilla lends %d MiB to its swarm.
        API      %s
        models   flotilla run --shard auto --model FILE, at another node

    """
        .formatted(lentBytes >> 20, url(scheme, host, port));
  }

  /**
   * What a node says once that began a swarm: its token, which it keeps in its state folder.
   *
   * @param token a secret, shown to the person who started the node
   */
  static String newSwarm(String token) {
    return """
        A new swarm begins with this node. On every other machine:
          flotilla run --token %s
        Whoever has this token belongs to the swarm. To lend a machine without it:
          flotilla token invite --role worker

    """
        .formatted(token);
  }

  private static String describe(List<String> models) {
    if (models.isEmpty()) {
      return "none (add one: flotilla run --model FILE)";
    }
    return models.equals(List.of(DEMO_MODEL_ID))
        ? DEMO_MODEL_ID
            + ", the toy that comes with Flotilla (a real one: flotilla run --model FILE)"
        : String.join(", ", models);
  }

  private static String nextCommand(String url, List<String> models) {
    if (models.isEmpty()) {
      return "curl " + url + "/health";
    }
    return "flotilla chat --url "
        + url
        + (models.size() > 1 ? " --model " + models.getFirst() : "");
  }

  /** The URL that a client on this machine reaches a listening address by. */
  static String url(String scheme, String host, int port) {
    String reachable =
        switch (host) {
          case "0.0.0.0", "::", "*" -> "127.0.0.1";
          default -> host.contains(":") ? "[" + host + "]" : host;
        };
    return scheme + "://" + reachable + ":" + port;
  }
}
