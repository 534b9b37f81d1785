package dev.flotilla.node.worker;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.engine.process.StageRole.First;
import dev.flotilla.engine.process.StageRole.Later;
import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.sharding.chain.ChainShape;
import dev.flotilla.sharding.chain.LinkedChain;
import dev.flotilla.sharding.chain.StageHost;
import dev.flotilla.sharding.chain.StageProvider;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.LinkFrame.Build;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Links of this process, as its node wants them. */
final class Links {
  private Links() {}

  /** The chain of a first stage. Blocks until all stages are linked. */
  static StageChain chain(Stage stage, EngineOptions options, First first, StageProvider provider) {
    return new LinkedChain(
        stage,
        shape(first.terms(), options),
        transport(first.terms()),
        provider,
        addresses(first.onward()));
  }

  /** Starts to serve a later stage. */
  static StageHost host(Stage stage, EngineOptions options, Later later) {
    try {
      return StageHost.start(
          stage,
          shape(later.terms(), options),
          transport(later.terms()),
          InetAddress.getByName(later.bindAddress()),
          later.port());
    } catch (IOException e) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "can't listen on %s port %d: %s".formatted(later.bindAddress(), later.port(), e));
    }
  }

  static List<StageAddress> addresses(List<StagePeer> peers) {
    return peers.stream().map(peer -> new StageAddress(peer.host(), peer.port())).toList();
  }

  private static ChainShape shape(LinkTerms terms, EngineOptions options) {
    return new ChainShape(
        new Build(terms.version(), NativeLibraries.RELEASE),
        terms.model(),
        ActivationType.valueOf(terms.activations()),
        options.batchTokens());
  }

  private static LinkTransport transport(LinkTerms terms) {
    return new LinkTransport(terms.identity().map(Links::context));
  }

  private static SSLContext context(LinkIdentity identity) {
    try {
      char[] password = identity.password().toCharArray();
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(identity.keyStore()), password);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new EngineException(
          EngineFailure.INTERNAL, "the keys for links can't be used: " + e.getMessage());
    }
  }
}
