package dev.flotilla.node.upstream;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Over HTTP/1.1 to the upstream's own address. */
final class DirectWay implements UpstreamWay {
  /** Requests to one upstream at a time. */
  static final int MAX_CONNECTIONS = 256;

  private static final int CONNECT_MILLIS = 5_000;

  /**
   * Less than servers commonly keep theirs (5 s): a connection they close under us is a failure.
   */
  private static final int KEEP_ALIVE_SECONDS = 3;

  private final HttpClient client;
  private final UpstreamAddress address;

  DirectWay(Vertx vertx, UpstreamAddress address) {
    this.address = address;
    HttpClientOptions options =
        new HttpClientOptions()
            .setConnectTimeout(CONNECT_MILLIS)
            .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
            .setSsl(address.tls())
            .setTcpNoDelay(true);
    if (!address.authorities().isEmpty()) {
      options.setTrustOptions(TrustOptions.wrap(trustIn(address.authorities())));
    }
    this.client =
        vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS));
  }

  private static TrustManager trustIn(List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (X509Certificate each : authorities) {
        store.setCertificateEntry(Integer.toString(store.size()), each);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers()[0];
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("certificates that were read can't be trusted", e);
    }
  }

  @Override
  public Future<HttpClientRequest> request(HttpMethod method, String path) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(address.host())
            .setPort(address.port())
            .setSsl(address.tls())
            .setURI(address.basePath() + path)
            .putHeader(Upstreams.HOP_HEADER, "1");
    address.key().ifPresent(key -> options.putHeader("Authorization", "Bearer " + key));
    return client.request(options);
  }
}
