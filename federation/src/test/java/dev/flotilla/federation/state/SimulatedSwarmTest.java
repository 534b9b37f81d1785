package dev.flotilla.federation.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.federation.state.Command.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Swarms of up to fifty nodes through crashes, partitions, loss and restarts. {@code
 * -Dflotilla.seed=S -Dflotilla.seeds=1} replays a failure.
 */
class SimulatedSwarmTest {
  private static final int SEEDS = Integer.getInteger("flotilla.seeds", 40);
  private static final int MAX_NODES = 50;
  private static final int MODELS = 3;
  private static final int LAYERS = 12;
  private static final long TROUBLE_MILLIS = 60_000;
  private static final long CALM_MILLIS = 60_000;
  private static final long BUILD_MILLIS = 20_000;
  private static final long ABSENCE_MILLIS = 3_000;

  private final long seed = Long.getLong("flotilla.seed", new Random().nextInt(1_000_000));

  /** What a run's client knows: what it asked for, and of what it was told that it is done. */
  private static final class Client {
    final SimulatedSwarm swarm;
    final SplittableRandom random;
    final Map<String, String> placeCommands = new HashMap<>();
    final Map<String, String> unplaceCommands = new HashMap<>();
    final Set<String> askedToRemove = new HashSet<>();
    final List<Request> asked = new ArrayList<>();
    final Map<String, Replacements> settlers = new HashMap<>();
    int commands;
    int settled;

    Client(SimulatedSwarm swarm) {
      this.swarm = swarm;
      this.random = swarm.random;
    }

    void askSomething() {
      List<String> up = swarm.nodeIds().stream().filter(swarm::isUp).toList();
      if (up.isEmpty()) {
        return;
      }
      String gateway = up.get(random.nextInt(up.size()));
      if (!asked.isEmpty() && random.nextInt(5) == 0) {
        // Once more, elsewhere, as a gateway does whose first try went unanswered.
        swarm.submit(gateway, asked.get(random.nextInt(asked.size())));
        return;
      }
      Request request = new Request("command-" + commands++, epoch(gateway), command(gateway));
      asked.add(request);
      swarm.submit(gateway, request);
    }

    /** Some insist on the epoch that they see. */
    private OptionalLong epoch(String gateway) {
      return random.nextInt(4) == 0
          ? OptionalLong.of(swarm.state(gateway).epoch())
          : OptionalLong.empty();
    }

    private Command command(String gateway) {
      String commandId = "command-" + (commands - 1);
      List<String> placed = List.copyOf(swarm.state(gateway).placements().keySet());
      int kind = random.nextInt(14);
      if (kind < 5) {
        String pipelineId = "pipeline-" + commands;
        placeCommands.put(commandId, pipelineId);
        return new Command.Place(placement(pipelineId));
      }
      if (kind < 7 && !placed.isEmpty()) {
        String pipelineId = placed.get(random.nextInt(placed.size()));
        unplaceCommands.put(commandId, pipelineId);
        askedToRemove.add(pipelineId);
        return new Command.Unplace(pipelineId);
      }
      if (kind < 9 && !placed.isEmpty()) {
        Placement.Status[] all = Placement.Status.values();
        return new Command.ReportStatus(
            placed.get(random.nextInt(placed.size())), all[random.nextInt(all.length)], "");
      }
      if (kind < 13 && !placed.isEmpty()) {
        return replaceOrReport(
            List.copyOf(swarm.state(gateway).placements().values())
                .get(random.nextInt(placed.size())));
      }
      return new Command.AddModel(new ModelEntry(anyModel(), LAYERS, 1, "digest"));
    }

    /** Begins what is to take a pipeline's place, or says how far that is. */
    private Command replaceOrReport(Placement placement) {
      return placement
          .replacement()
          .<Command>map(next ->
              new Command.ReportStatus(
                  placement.pipelineId(),
                  next.buildId(),
                  random.nextInt(3) == 0 ? Placement.Status.FAILED : Placement.Status.READY,
                  ""))
          .orElseGet(() ->
              new Command.Replace(
                  placement.pipelineId(),
                  new Replacement("build-" + commands, stages(), "it is faster")));
    }

    /** As a node that leads does all the time. */
    void settleReplacements() {
      Set<String> up = swarm.nodeIds().stream().filter(swarm::isUp).collect(Collectors.toSet());
      for (String leader : swarm.leaders()) {
        SwarmState state = swarm.state(leader);
        Replacements replacements =
            settlers.computeIfAbsent(leader, _ -> new Replacements(BUILD_MILLIS, ABSENCE_MILLIS));
        for (Command due : replacements.due(state, up, swarm.scheduler.now())) {
          OptionalLong epoch = OptionalLong.of(state.epoch());
          swarm.submit(leader, new Request("settled-" + settled++, epoch, due));
        }
      }
    }

    /** A node drives one pipeline of a model at most: with one model there would be few. */
    private String anyModel() {
      return "model-" + random.nextInt(MODELS);
    }

    private Placement placement(String pipelineId) {
      return new Placement(
              pipelineId, anyModel(), stages(), random.nextBoolean(), Placement.Status.PLACED, "")
          .with(random.nextInt(4) == 0 ? Optional.empty() : Optional.of(States.ANYWHERE));
    }

    private List<Placement.StageAt> stages() {
      List<String> nodes = new ArrayList<>(swarm.nodeIds());
      int stages = 1 + random.nextInt(Math.min(3, nodes.size()));
      List<Placement.StageAt> at = new ArrayList<>();
      for (int stage = 0; stage < stages; stage++) {
        at.add(
            new Placement.StageAt(
                nodes.remove(random.nextInt(nodes.size())),
                stage * LAYERS / stages,
                (stage + 1) * LAYERS / stages,
                SimulatedSwarm.LENT_BYTES / 10 * random.nextInt(6)));
      }
      return at;
    }
  }

  @Test
  void oneHistoryWhateverHappens() {
    System.out.println("flotilla.seed=" + seed + " flotilla.seeds=" + SEEDS);
    int entries = 0;
    int epochs = 0;
    int done = 0;
    long refused = 0;
    int replaced = 0;
    for (long each = seed; each < seed + SEEDS; each++) {
      try {
        Client client = run(each);
        entries += client.swarm.invariants.indexes();
        epochs += client.swarm.invariants.epochs().size();
        replaced += client.swarm.invariants.takenOver();
        done +=
            (int)
                client.swarm.outcomes().values().stream()
                    .filter(Outcome.Done.class::isInstance)
                    .count();
        refused +=
            client.swarm.outcomes().values().stream().filter(SimulatedSwarmTest::late).count();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + each, e);
      }
    }
    System.out.printf(
        "%d seeds: %d entries agreed on, %d epochs, %d commands done, %d refused as of another epoch,"
            + " %d pipelines replaced%n",
        SEEDS, entries, epochs, done, refused, replaced);
    assertThat(done).isGreaterThan(SEEDS * 10);
    assertThat(epochs).isGreaterThan(SEEDS * 2);
    assertThat(refused).isPositive();
    assertThat(replaced).isPositive();
  }

  private static boolean late(Outcome outcome) {
    return outcome instanceof Outcome.Refused(Outcome.Refusal refusal, String _)
        && refusal == Outcome.Refusal.WRONG_EPOCH;
  }

  private static Client run(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int size = random.nextInt(4) == 0 ? 1 + random.nextInt(7) : MAX_NODES;
    SimulatedSwarm swarm = new SimulatedSwarm(seed, size);
    Client client = new Client(swarm);
    // A swarm begins in one piece; what two pieces begin would be two swarms.
    swarm.scheduler.runUntil(2_000);
    submitModel(swarm);
    while (swarm.scheduler.now() < TROUBLE_MILLIS) {
      swarm.scheduler.runUntil(swarm.scheduler.now() + 50 + random.nextInt(500));
      client.askSomething();
      client.settleReplacements();
      if (random.nextInt(4) == 0) {
        makeTrouble(swarm, random);
      }
    }
    swarm.calmDown();
    while (swarm.scheduler.now() < TROUBLE_MILLIS + CALM_MILLIS) {
      swarm.scheduler.runUntil(swarm.scheduler.now() + 1_000);
      client.settleReplacements();
    }
    checkOutcome(client);
    return client;
  }

  private static void submitModel(SimulatedSwarm swarm) {
    swarm.submit(
        swarm.nodeIds().getFirst(),
        new Request("first", new Command.AddModel(new ModelEntry("model-0", LAYERS, 1, "digest"))));
  }

  private static void makeTrouble(SimulatedSwarm swarm, SplittableRandom random) {
    List<String> nodes = swarm.nodeIds();
    String victim = nodes.get(random.nextInt(nodes.size()));
    switch (random.nextInt(12)) {
      case 0, 1 -> swarm.crash(victim);
      case 2, 3, 4 ->
          nodes.forEach(node -> {
            if (random.nextBoolean()) {
              swarm.start(node);
            }
          });
      case 5, 6 -> swarm.crashNextLeader();
      case 7 -> swarm.partition();
      case 8, 9 -> swarm.heal();
      case 10 -> swarm.setLoss(random.nextInt(3) * 0.1);
      default -> {
        if (random.nextInt(6) == 0) {
          nodes.forEach(swarm::crash);
          swarm.loseLog();
          nodes.forEach(swarm::start);
        }
      }
    }
  }

  private static void checkOutcome(Client client) {
    SimulatedSwarm swarm = client.swarm;
    assertThat(swarm.leaders()).as("leaders in the end").hasSize(1);
    SwarmState state = swarm.state(swarm.leaders().getFirst());
    for (String node : swarm.nodeIds()) {
      assertThat(swarm.state(node)).as("state of %s in the end", node).isEqualTo(state);
    }
    assertThat(state.members().keySet()).isEqualTo(new HashSet<>(swarm.nodeIds()));

    assertThat(state.placements().values())
        .as("replacements are over")
        .allMatch(each -> each.replacement().isEmpty());

    Set<String> expected =
        client.placeCommands.entrySet().stream()
            .filter(entry -> swarm.outcomes().get(entry.getKey()) instanceof Outcome.Done)
            .map(Map.Entry::getValue)
            .filter(pipelineId -> !client.askedToRemove.contains(pipelineId))
            .collect(Collectors.toSet());
    assertThat(state.placements().keySet()).as("pipelines not lost").containsAll(expected);
    Set<String> removed =
        client.unplaceCommands.entrySet().stream()
            .filter(entry -> swarm.outcomes().get(entry.getKey()) instanceof Outcome.Done)
            .map(Map.Entry::getValue)
            .collect(Collectors.toSet());
    removed.retainAll(state.placements().keySet());
    assertThat(removed).as("pipelines that were removed and are there").isEmpty();
  }
}
