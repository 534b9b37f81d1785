package dev.flotilla.node;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.node.lending.Lending;
import java.util.Optional;

/** What layers are computed with on a node. */
record Computing(Backend backend, int threads) {
  /** As stages are that the node lends, or else as its models are; empty if it computes nothing. */
  static Optional<Computing> of(NodeOptions options) {
    Optional<Lending> lending = options.sharding().lending();
    return lending
        .map(lent -> new Computing(lent.backend(), lent.threads()))
        .or(() ->
            options.models().stream()
                .map(ModelOptions::engine)
                .findFirst()
                .or(() -> options.library().map(LibraryOptions::engine))
                .map(Computing::of));
  }

  private static Computing of(EngineOptions engine) {
    return new Computing(engine.backend(), engine.threads());
  }
}
