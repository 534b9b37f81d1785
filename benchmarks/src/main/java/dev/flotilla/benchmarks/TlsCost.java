package dev.flotilla.benchmarks;

import dev.flotilla.benchmarks.TurnRates.Turn;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What mutual TLS costs on the cluster plane and on links: everything is there twice in this
 * process, over loopback, and is measured plainly and under TLS in turns. Both ends share the
 * machine's processors, so this is the cost where computing is the limit and no network.
 */
@Command(
    name = "tls",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Measure the cluster plane and links under TLS, and without it.")
final class TlsCost implements Callable<Integer> {
  private static final int[] VALUE_BYTES = {1 << 10, 64 << 10, 1 << 20};

  @Mixin private WorkOptions work = new WorkOptions();

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "5",
      description = "How often each figure is measured, both sides in turn. [${DEFAULT-VALUE}]")
  private int repetitions;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description = "How long each measurement takes. [${DEFAULT-VALUE}]")
  private double seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "S",
      defaultValue = "8",
      description = "How long each side runs before each figure is measured. [${DEFAULT-VALUE}]")
  private double warmUpSeconds;

  @Option(
      names = "--width",
      paramLabel = "FLOATS",
      defaultValue = "4096",
      description = "Floats of a hidden state on the links. [${DEFAULT-VALUE}]")
  private int width;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens of a prompt that travel at once. [${DEFAULT-VALUE}]")
  private int rows;

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory(work.folder(), "tls");
    try {
      Credentials[] members = members(folder);
      System.out.println(TurnRates.heading("plain", "TLS"));
      measureCluster(members[0], members[1]);
      measureLinks(members[0], members[1]);
    } finally {
      Folders.delete(folder);
    }
    return 0;
  }

  private static Credentials[] members(Path folder) {
    SecureRandom random = new SecureRandom();
    SwarmToken token = SwarmToken.create("", Optional.empty(), random);
    Credentials[] members = new Credentials[2];
    for (int i = 0; i < members.length; i++) {
      members[i] =
          Credentials.ofToken(
              NodeIdentity.create(random),
              token,
              new SwarmFolder(folder.resolve("member" + i)),
              new AuditLog(),
              Clock.systemUTC());
    }
    return members;
  }

  private void measureCluster(Credentials first, Credentials second) throws Exception {
    try (ClusterPair secured = ClusterPair.secured(first, second);
        ClusterPair plain = ClusterPair.plain(secured)) {
      for (int bytes : VALUE_BYTES) {
        report(
            "cluster, values of %,d KB, op/s".formatted(bytes >> 10),
            nanos -> plain.rate(bytes, nanos),
            nanos -> secured.rate(bytes, nanos));
      }
    }
  }

  private void measureLinks(Credentials caller, Credentials called) throws Exception {
    try (LinkPair plain = LinkPair.plain(rows, width);
        LinkPair secured = LinkPair.secured(caller, called, rows, width)) {
      report("link, one token there and back, 1/s", plain::roundTrips, secured::roundTrips);
      report(
          "link, prompts of %,d tokens, MB/s".formatted(rows),
          plain::megabytes,
          secured::megabytes);
    }
  }

  /** Measures for a while, and says how much happened per second. */
  private interface Meter {
    double rate(long nanos) throws Exception;
  }

  private void report(String label, Meter plain, Meter secured) throws Exception {
    plain.rate(nanos(warmUpSeconds));
    secured.rate(nanos(warmUpSeconds));
    List<Turn> turns = new ArrayList<>();
    for (int turn = 0; turn < repetitions; turn++) {
      turns.add(turn(plain, secured, turn % 2 == 0));
    }
    System.out.println(new TurnRates(turns).row(label, 0));
  }

  /** The order changes from turn to turn: a machine that gets slower is to favour nobody. */
  private Turn turn(Meter plain, Meter secured, boolean plainFirst) throws Exception {
    if (plainFirst) {
      double before = plain.rate(nanos(seconds));
      return new Turn(before, secured.rate(nanos(seconds)));
    }
    double before = secured.rate(nanos(seconds));
    return new Turn(plain.rate(nanos(seconds)), before);
  }

  private static long nanos(double seconds) {
    return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }
}
