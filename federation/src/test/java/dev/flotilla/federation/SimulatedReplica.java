package dev.flotilla.federation;

import dev.flotilla.federation.ReplicaAnnouncement.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A replica in simulated time: slots, a queue, prompts that share the reading, answers that share
 * the steps, and half of the time for each of both where there are both. Exact between events.
 */
final class SimulatedReplica {
  private static final double DONE = 1e-9;

  final String nodeId;
  private final int slots;
  private final ReplicaSpeed speed;
  private final boolean caches;
  private final List<Job> running = new ArrayList<>();
  private final Deque<Job> queue = new ArrayDeque<>();
  private final PrefixIndex cache;
  private double now;
  private double lastAnnounced;
  private int arrivals;
  private double arrivalRate;
  private long sequence;

  /** A request on its way; times in seconds. */
  static final class Job {
    final double arrived;
    final PrefixChain prompt;
    final double promptTokens;
    final double outputTokens;
    final double expectedOutput;
    double readLeft;
    double outputLeft;
    double firstToken = Double.NaN;
    double finished = Double.NaN;

    Job(
        double arrived,
        PrefixChain prompt,
        double promptTokens,
        double outputTokens,
        double expectedOutput) {
      this.arrived = arrived;
      this.prompt = prompt;
      this.promptTokens = promptTokens;
      this.outputTokens = outputTokens;
      this.expectedOutput = expectedOutput;
      this.readLeft = promptTokens;
      this.outputLeft = outputTokens;
    }

    Job copy() {
      Job copy = new Job(arrived, prompt, promptTokens, outputTokens, expectedOutput);
      copy.readLeft = readLeft;
      copy.outputLeft = outputLeft;
      return copy;
    }
  }

  SimulatedReplica(String nodeId, int slots, double factor, boolean caches) {
    this.nodeId = nodeId;
    this.slots = slots;
    this.caches = caches;
    this.cache = new PrefixIndex(slots);
    List<Double> rates = new ArrayList<>();
    for (int batch = 1; batch <= slots; batch++) {
      // A step reads the weights once, 20 ms, and takes 4 ms more for each session.
      rates.add(factor / (0.020 + 0.004 * batch));
    }
    this.speed = new ReplicaSpeed(500 * factor, rates);
  }

  private SimulatedReplica(SimulatedReplica of) {
    this.nodeId = of.nodeId;
    this.slots = of.slots;
    this.speed = of.speed;
    this.caches = false;
    this.cache = new PrefixIndex(slots);
    this.now = of.now;
    of.running.forEach(job -> running.add(job.copy()));
    of.queue.forEach(job -> queue.add(job.copy()));
  }

  void arrive(Job job, double time) {
    advance(time);
    arrivals++;
    queue.add(job);
    admit();
  }

  private void admit() {
    while (running.size() < slots && !queue.isEmpty()) {
      Job job = queue.remove();
      if (caches) {
        job.readLeft = Math.max(1, job.promptTokens * (1 - job.prompt.cachedShare(cache.digest())));
        cache.read(job.prompt);
      }
      running.add(job);
    }
  }

  /** Lets time pass. */
  void advance(double time) {
    while (now < time) {
      int reading = 0;
      for (Job job : running) {
        reading += job.readLeft > 0 ? 1 : 0;
      }
      int generating = running.size() - reading;
      double share = reading > 0 && generating > 0 ? 0.5 : 1;
      double readRate = reading == 0 ? 0 : speed.prefillTokensPerSecond() * share / reading;
      double decodeRate = generating == 0 ? 0 : speed.decodeRate(generating) * share;
      double step = time - now;
      for (Job job : running) {
        step =
            Math.min(
                step, job.readLeft > 0 ? job.readLeft / readRate : job.outputLeft / decodeRate);
      }
      now = step == time - now ? time : now + step;
      boolean freed = false;
      for (Job job : List.copyOf(running)) {
        if (job.readLeft > 0) {
          job.readLeft = less(job.readLeft, readRate * step);
          if (job.readLeft == 0) {
            job.firstToken = now;
          }
        } else {
          job.outputLeft = less(job.outputLeft, decodeRate * step);
          if (job.outputLeft == 0) {
            job.finished = now;
            freed |= running.remove(job);
          }
        }
      }
      if (freed) {
        admit();
      }
    }
  }

  private static double less(double left, double done) {
    return left - done < DONE ? 0 : left - done;
  }

  /** The sum of completion times of all that is here, one more job included, if nothing follows. */
  double totalCompletionWith(@Nullable Job job) {
    SimulatedReplica future = new SimulatedReplica(this);
    if (job != null) {
      future.arrive(job.copy(), future.now);
    }
    List<Job> all = new ArrayList<>(future.running);
    all.addAll(future.queue);
    double total = 0;
    future.advance(now + 1e6);
    for (Job each : all) {
      total += each.finished - now;
    }
    return total;
  }

  /** When a job would finish if nothing followed, in seconds from now. */
  double completionOf(Job job) {
    SimulatedReplica future = new SimulatedReplica(this);
    Job copy = job.copy();
    future.arrive(copy, future.now);
    while (Double.isNaN(copy.finished)) {
      future.advance(future.now + 10);
    }
    return copy.finished - now;
  }

  /** What it would announce; how long its answers will be it can only expect. */
  ReplicaAnnouncement announce() {
    double interval = now - lastAnnounced;
    if (interval > 0) {
      double weight = 1 - Math.exp(-interval / 5);
      arrivalRate += weight * (arrivals / interval - arrivalRate);
      arrivals = 0;
      lastAnnounced = now;
    }
    return current();
  }

  /** How it is right now. */
  ReplicaAnnouncement current() {
    double prompt = 0;
    double output = 0;
    for (Job job : running) {
      prompt += job.readLeft;
      // An answer that is longer than expected is expected to go on for a little.
      output +=
          Math.max(
              job.expectedOutput / 8, job.expectedOutput - (job.outputTokens - job.outputLeft));
    }
    for (Job job : queue) {
      prompt += job.readLeft;
      output += job.expectedOutput;
    }
    return new ReplicaAnnouncement(
        nodeId,
        "model",
        "1",
        Announcements.DESCRIPTION,
        1,
        ++sequence,
        State.READY,
        slots,
        running.size(),
        queue.size(),
        1 << 20,
        4096,
        0,
        Math.round(prompt),
        Math.round(output),
        arrivalRate,
        speed,
        Optional.of(caches ? cache.digest() : PrefixDigest.EMPTY));
  }
}
