package dev.flotilla.benchmarks;

import dev.flotilla.cli.http.ApiBase;
import dev.flotilla.node.AdminKey;
import dev.flotilla.tokens.SwarmToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Nodes of one token, each on a machine: the first that is started is the one that the others are
 * told of.
 */
final class MachineSwarm {
  /** Stages of one model, and of the next while those of the last are given up. */
  private static final int STAGE_PORTS = 8;

  private final Path folder;
  private final String credential =
      SwarmToken.create("benchmark", Optional.empty(), new SecureRandom()).encode();
  private Optional<String> peer = Optional.empty();

  /**
   * No nodes yet.
   *
   * @param folder for what they keep
   */
  MachineSwarm(Path folder) {
    this.folder = folder;
  }

  /**
   * Starts a node that computes stages of others' models.
   *
   * @param memory that it lends, as on the command line
   */
  FlotillaServer worker(CoreMachine machine, String name, String memory, int threads)
      throws IOException {
    int first = machine.freePorts(STAGE_PORTS);
    return node(
        machine,
        name,
        List.of(
            "worker",
            "--memory",
            memory,
            "--threads",
            String.valueOf(threads),
            "--stage-ports",
            first + "-" + (first + STAGE_PORTS - 1)));
  }

  /**
   * Starts any node.
   *
   * @param name of its state folder too: a second one of that name finds what the first one kept
   * @param arguments the command, and its options but for those that make it join
   */
  FlotillaServer node(CoreMachine machine, String name, List<String> arguments) throws IOException {
    Path state = Files.createDirectories(stateDir(name));
    Path token = Files.writeString(state.resolve("benchmark.token"), credential);
    int clusterPort = machine.freePort();
    List<String> all = new ArrayList<>(arguments);
    all.addAll(List.of("--name", name, "--token-file", token.toString(), "--no-mdns"));
    all.addAll(List.of("--bind", machine.own(), "--advertise", machine.address()));
    all.addAll(List.of("--cluster-port", String.valueOf(clusterPort)));
    all.addAll(List.of("--bus-port", String.valueOf(machine.freePort())));
    all.addAll(List.of("--link-port", String.valueOf(machine.freePort())));
    peer.ifPresent(address -> all.addAll(List.of("--peer", address)));
    FlotillaServer node = FlotillaServer.start(machine.entering(), state, all);
    if (peer.isEmpty()) {
      peer = Optional.of(machine.address() + ":" + clusterPort);
    }
    return node;
  }

  private Path stateDir(String name) {
    return folder.resolve(name);
  }

  /** A node's API as its administrator has it. */
  ApiBase administered(FlotillaServer node, String name) throws IOException {
    String key = Files.readString(AdminKey.file(stateDir(name))).strip();
    return ApiBase.of(node.url(), Optional.of(key));
  }
}
