package dev.flotilla.federation.link;

import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;

/** The HTTP/2 settings of links, on top of the TLS settings that a node gives. */
public final class LinkTransport {
  /** Sessions that two nodes run over one connection; one more waits. */
  private static final int MAX_STREAMS = 4096;

  private static final int CONNECTIONS_PER_NODE = 2;
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  /**
   * A reset is how a client that went away is told of: many are no attack, and closing the
   * connection for them would take every other stream along.
   */
  private static final int MAX_RESETS_PER_SECOND = 10_000;

  private LinkTransport() {}

  /** Sets what a link's server needs. */
  public static HttpServerOptions server(HttpServerOptions options) {
    Http2Settings settings = options.getInitialSettings();
    settings.setMaxConcurrentStreams(MAX_STREAMS);
    return options
        .setInitialSettings(settings)
        .setUseAlpn(options.isSsl())
        .setHttp2ClearTextEnabled(!options.isSsl())
        .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS_PER_SECOND)
        .setHttp2RstFloodWindowDuration(1)
        .setTcpNoDelay(true);
  }

  /** Sets what a link's client needs. */
  public static HttpClientOptions client(HttpClientOptions options) {
    return options
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setUseAlpn(options.isSsl())
        .setHttp2ClearTextUpgrade(false)
        .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
        .setTcpNoDelay(true);
  }

  /** The connections of a link's client. */
  public static PoolOptions pool() {
    return new PoolOptions().setHttp2MaxSize(CONNECTIONS_PER_NODE);
  }
}
