package dev.flotilla.node.worker;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineCommand.RenewLinks;
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
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** Links of this process, as its node wants them. */
final class Links {
  private final LinkTerms terms;
  private final Optional<SwarmLinks> security;
  private final LinkTransport transport;

  Links(LinkTerms terms) {
    this.terms = terms;
    this.security = terms.identity().map(SwarmLinks::new);
    this.transport = security.map(LinkTransport::secured).orElseGet(LinkTransport::plain);
  }

  /** Whether a command was about links, and has been followed. */
  boolean followed(EngineCommand command) {
    if (command instanceof RenewLinks(LinkIdentity identity) && security.isPresent()) {
      security.get().renew(identity);
      transport.recheck();
      return true;
    }
    return false;
  }

  /** The chain of a first stage. Blocks until all stages are linked. */
  StageChain chain(
      Stage stage, EngineOptions options, StageProvider provider, List<StagePeer> onward) {
    return new LinkedChain(stage, shape(options), transport, provider, addresses(onward));
  }

  /** Starts to serve a later stage. */
  StageHost host(Stage stage, EngineOptions options, Later later) {
    try {
      return StageHost.start(
          stage,
          shape(options),
          transport,
          InetAddress.getByName(later.bindAddress()),
          later.port());
    } catch (IOException e) {
      throw new EngineException(
          EngineFailure.INTERNAL,
          "can't listen on %s port %d: %s".formatted(later.bindAddress(), later.port(), e));
    }
  }

  static List<StageAddress> addresses(List<StagePeer> peers) {
    return peers.stream()
        .map(peer -> new StageAddress(peer.nodeId(), peer.host(), peer.port()))
        .toList();
  }

  private ChainShape shape(EngineOptions options) {
    return new ChainShape(
        new Build(terms.version(), NativeLibraries.RELEASE),
        terms.model(),
        ActivationType.valueOf(terms.activations()),
        options.batchTokens());
  }
}
