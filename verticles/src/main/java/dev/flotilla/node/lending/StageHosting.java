package dev.flotilla.node.lending;

import dev.flotilla.engine.process.StageRole.LinkIdentity;
import dev.flotilla.node.auth.PeerPlane;
import dev.flotilla.node.shard.EngineSource;
import dev.flotilla.sharding.store.SliceStore;
import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What stages that are hosted for others need of their node.
 *
 * @param lending what is lent
 * @param slices where slices are kept
 * @param libraryFolder where native libraries are unpacked
 * @param engines where engine processes come from
 * @param peers HTTP between nodes
 * @param linkOf where a node's link port is
 * @param workers who else may have slices
 * @param identity keys for a new engine process
 * @param version of Flotilla
 * @param bindHost address that stages listen on
 * @param ports that they listen on
 * @param advertisedHost address that others reach them by now
 */
public record StageHosting(
    Vertx vertx,
    Lending lending,
    SliceStore slices,
    Path libraryFolder,
    EngineSource engines,
    PeerPlane peers,
    Function<NodeId, Optional<PeerAddress>> linkOf,
    WorkerDirectory workers,
    Supplier<LinkIdentity> identity,
    String version,
    String bindHost,
    StagePorts ports,
    Supplier<String> advertisedHost) {}
