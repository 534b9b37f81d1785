package dev.flotilla.federation.state;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A swarm in one thread: keepers with their disks, a network and a log that lose, delay and
 * duplicate, failure detectors that differ, and partitions. Everything follows from the seed.
 */
final class SimulatedSwarm {
  static final long LENT_BYTES = 1000;

  private static final KeeperOptions OPTIONS =
      new KeeperOptions(500, 1000, 15_000, 25_000, 64, new Quorum(true));
  private static final int TICK_MILLIS = 250;

  /** A machine, up or down; its disk outlives it. */
  private static final class Machine {
    final String nodeId;
    final Member member;
    Durable disk = Durable.EMPTY;
    HistoryKeeper keeper = new HistoryKeeper("-", Durable.EMPTY, OPTIONS);
    boolean up;
    int life;
    int side;
    long joinedAt;
    long readFrom;

    Machine(int number) {
      this.nodeId = "node-%03d".formatted(number);
      this.member = new Member(nodeId, "n" + number, "worker", number % 5 != 4, LENT_BYTES);
    }
  }

  final Scheduler scheduler = new Scheduler();
  final SplittableRandom random;
  final Invariants invariants = new Invariants();
  private final Map<String, Machine> machines = new TreeMap<>();
  private final Map<Integer, SimulatedLog> logs = new HashMap<>();
  private final Map<String, Outcome> outcomes = new HashMap<>();
  private long joins;
  double loss;

  /** Actions after which the next leader to act crashes; negative for never. */
  private int crashLeaderAfter = -1;

  SimulatedSwarm(long seed, int size) {
    this.random = new SplittableRandom(seed);
    logs.put(0, new SimulatedLog(scheduler, random));
    for (int number = 0; number < size; number++) {
      Machine machine = new Machine(number);
      machines.put(machine.nodeId, machine);
    }
    machines.values().forEach(this::boot);
    machines.values().forEach(this::see);
  }

  List<String> nodeIds() {
    return List.copyOf(machines.keySet());
  }

  boolean isUp(String nodeId) {
    return machine(nodeId).up;
  }

  SwarmState state(String nodeId) {
    return machine(nodeId).keeper.state();
  }

  List<String> leaders() {
    return machines.values().stream()
        .filter(machine -> machine.up && machine.keeper.isLeading())
        .map(machine -> machine.nodeId)
        .toList();
  }

  Map<String, Outcome> outcomes() {
    return outcomes;
  }

  private Machine machine(String nodeId) {
    return Objects.requireNonNull(machines.get(nodeId));
  }

  void submit(String nodeId, Command.Request request) {
    Machine machine = machine(nodeId);
    request.epoch().ifPresent(epoch -> invariants.asked(request.commandId(), epoch));
    perform(machine, machine.keeper.submit(scheduler.now(), request));
  }

  void crash(String nodeId) {
    Machine machine = machine(nodeId);
    if (machine.up) {
      machine.up = false;
      machine.life++;
      log(machine).loseLast(random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0);
      changeSight();
    }
  }

  void start(String nodeId) {
    Machine machine = machine(nodeId);
    if (!machine.up) {
      boot(machine);
      changeSight();
    }
  }

  void crashNextLeader() {
    crashLeaderAfter = random.nextInt(12);
  }

  /** Ends all trouble. */
  void calmDown() {
    crashLeaderAfter = -1;
    setLoss(0);
    heal();
    nodeIds().forEach(this::start);
  }

  void partition() {
    if (logs.size() == 1) {
      double share = random.nextDouble();
      machines.values().forEach(machine -> machine.side = random.nextDouble() < share ? 1 : 0);
      logs.put(1, theLog().copy());
      changeSight();
    }
  }

  /** The bigger side's log remains. */
  void heal() {
    if (logs.size() == 2) {
      long away = machines.values().stream().filter(machine -> machine.side == 1).count();
      SimulatedLog remaining = Objects.requireNonNull(logs.get(2 * away > machines.size() ? 1 : 0));
      logs.clear();
      logs.put(0, remaining);
      machines.values().forEach(machine -> machine.side = 0);
      changeSight();
      machines.values().stream().filter(machine -> machine.up).forEach(this::readLog);
    }
  }

  void setLoss(double share) {
    loss = share;
    logs.values().forEach(log -> log.loss = share);
  }

  /** Nothing is left of the log, as when all that held it went. */
  void loseLog() {
    logs.replaceAll((_, _) -> new SimulatedLog(scheduler, random));
    machines.values().forEach(machine -> machine.readFrom = 0);
  }

  private SimulatedLog theLog() {
    return Objects.requireNonNull(logs.get(0));
  }

  private SimulatedLog log(Machine machine) {
    return Objects.requireNonNull(logs.getOrDefault(machine.side, logs.get(0)));
  }

  private void boot(Machine machine) {
    machine.up = true;
    machine.joinedAt = joins++;
    machine.readFrom = 0;
    try {
      machine.disk = StateCodec.decodeDurable(StateCodec.encode(machine.disk));
    } catch (StateFormatException e) {
      throw new AssertionError(e);
    }
    machine.keeper = new HistoryKeeper(machine.nodeId, machine.disk, OPTIONS);
    tick(machine, machine.life);
    readLog(machine);
  }

  private void tick(Machine machine, int life) {
    if (machine.up && machine.life == life) {
      perform(machine, machine.keeper.tick(scheduler.now()));
      scheduler.after(TICK_MILLIS, () -> tick(machine, life));
    }
  }

  private void readLog(Machine machine) {
    int life = machine.life;
    SimulatedLog log = log(machine);
    log.read(machine.readFrom, 16)
        .thenAccept(batch -> {
          if (machine.up && machine.life == life && log == log(machine)) {
            machine.readFrom = batch.next();
            for (byte[] bytes : batch.entries()) {
              if (machine.up && machine.life == life) {
                perform(machine, machine.keeper.entry(scheduler.now(), entry(bytes)));
              }
            }
            readLog(machine);
          }
        });
  }

  private static LogEntry entry(byte[] bytes) {
    try {
      return StateCodec.decodeEntry(bytes);
    } catch (StateFormatException e) {
      throw new AssertionError(e);
    }
  }

  /** Every node notices at another time. */
  private void changeSight() {
    for (Machine machine : machines.values()) {
      if (machine.up) {
        int life = machine.life;
        int delay = 100 + random.nextInt(1500);
        scheduler.after(
            delay,
            () -> {
              if (machine.up && machine.life == life) {
                see(machine);
              }
            });
      }
    }
  }

  private void see(Machine machine) {
    List<Member> view =
        machines.values().stream()
            .filter(other -> other.up && other.side == machine.side)
            .sorted((a, b) -> Long.compare(a.joinedAt, b.joinedAt))
            .map(other -> other.member)
            .toList();
    perform(machine, machine.keeper.view(scheduler.now(), view));
  }

  private void perform(Machine machine, List<Action> actions) {
    int life = machine.life;
    for (Action action : actions) {
      if (crashLeaderAfter >= 0 && machine.keeper.isLeading() && crashLeaderAfter-- == 0) {
        crash(machine.nodeId);
      }
      if (!machine.up || machine.life != life) {
        return;
      }
      switch (action) {
        case Action.Persist(Durable durable) -> machine.disk = durable;
        case Action.Append(LogEntry entry) -> {
          invariants.checkLeader(entry, machine.nodeId);
          invariants.checkEpoch(entry);
          log(machine).append(StateCodec.encode(entry));
        }
        case Action.Send(String to, Message message) -> send(machine, machine(to), message);
        case Action.Reply(String commandId, Outcome outcome) -> outcomes.put(commandId, outcome);
        case Action.Publish(SwarmState state, _) ->
            invariants.checkCommitted(machine.nodeId, machine.life, state);
      }
    }
  }

  private void send(Machine from, Machine to, Message message) {
    int copies = random.nextDouble() < loss ? 0 : random.nextDouble() < loss ? 2 : 1;
    for (int copy = 0; copy < copies; copy++) {
      int delay = 1 + random.nextInt(10) + (random.nextDouble() < loss ? random.nextInt(3000) : 0);
      scheduler.after(
          delay,
          () -> {
            if (to.up && to.side == from.side) {
              perform(to, to.keeper.receive(scheduler.now(), from.nodeId, message));
            }
          });
    }
  }
}
