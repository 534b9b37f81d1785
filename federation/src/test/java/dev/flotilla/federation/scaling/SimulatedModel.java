package dev.flotilla.federation.scaling;

import dev.flotilla.federation.scaling.ModelLoad.PipelineLoad;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A model under a load that rises and falls each hour, second by second. */
final class SimulatedModel {
  private static final int SLOTS = 4;
  private static final int MAX = 4;
  private static final int LOAD_SECONDS = 60;
  private static final int SESSION_SECONDS = 30;
  private static final int QUIET_END_SECONDS = 1800;
  private static final long SOON_MILLIS = ScalingOptions.DEFAULT.settleMillis();

  private static final class Server {
    final String id;
    final long readyAt;
    final List<Long> sessionEnds = new ArrayList<>();
    long idleSince;

    Server(String id, long readyAt) {
      this.id = id;
      this.readyAt = readyAt;
      this.idleSince = readyAt;
    }
  }

  private final SplittableRandom random;
  private final List<Server> servers = new ArrayList<>();
  private int waiting;
  private long queuedSince;
  private long lastRequest;
  private long lastChange = -SOON_MILLIS;
  private long lastRemoval = -SOON_MILLIS;
  private long now;
  int changes;
  int reversals;
  int mostPipelines;

  SimulatedModel(SplittableRandom random) {
    this.random = random;
  }

  int pipelines() {
    return servers.size();
  }

  void run(ScalingPolicy policy, int seconds) {
    for (int second = 0; second < seconds; second++) {
      now = second * 1000L;
      double tide = Math.max(0, Math.sin(2 * Math.PI * second / 3600));
      boolean quiet = second > seconds - QUIET_END_SECONDS;
      if (!quiet && random.nextDouble() < 0.4 * tide) {
        queuedSince = waiting == 0 ? now : queuedSince;
        waiting++;
        lastRequest = now;
      }
      serve();
      policy.step(load(), now).ifPresent(this::carryOut);
      mostPipelines = Math.max(mostPipelines, servers.size());
    }
  }

  private void serve() {
    for (Server server : servers) {
      boolean wasBusy = !server.sessionEnds.isEmpty();
      server.sessionEnds.removeIf(end -> end <= now);
      while (server.readyAt <= now && waiting > 0 && server.sessionEnds.size() < SLOTS) {
        server.sessionEnds.add(now + 1000L * (1 + random.nextInt(2 * SESSION_SECONDS)));
        waiting--;
      }
      if (wasBusy && server.sessionEnds.isEmpty()) {
        server.idleSince = now;
      }
    }
  }

  private ModelLoad load() {
    List<PipelineLoad> loads =
        servers.stream()
            .map(server ->
                new PipelineLoad(
                    server.id,
                    server.readyAt <= now,
                    SLOTS,
                    server.sessionEnds.size(),
                    server.idleSince))
            .toList();
    return new ModelLoad("m", 0, MAX, false, loads, waiting, queuedSince, lastRequest, lastChange);
  }

  private void carryOut(ScalingStep step) {
    changes++;
    lastChange = now;
    switch (step) {
      case ScalingStep.Add(String _) -> {
        reversals += !servers.isEmpty() && now - lastRemoval < SOON_MILLIS ? 1 : 0;
        servers.add(new Server("p" + changes, now + 1000L * LOAD_SECONDS));
      }
      case ScalingStep.Remove(String _, String pipelineId) -> {
        Optional<Server> server =
            servers.stream().filter(each -> each.id.equals(pipelineId)).findFirst();
        servers.remove(server.orElseThrow());
        lastRemoval = now;
      }
    }
  }
}
