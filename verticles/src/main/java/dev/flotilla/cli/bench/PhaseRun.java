package dev.flotilla.cli.bench;

import dev.flotilla.cli.bench.BenchPlan.Phase;
import dev.flotilla.cli.http.StreamConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs one phase against one server: some clients at once, each on a platform thread of its own, as
 * a blocking read costs less there than on a virtual thread (no detour through a poller). Every
 * request has a connection of its own: llama-server closes them after each streamed answer, and
 * both sides of a comparison are to be asked alike. Connecting is not part of the time to the first
 * token.
 */
final class PhaseRun {

  private final Target target;
  private final BenchPlan plan;
  private final PromptSource prompts;
  private final Set<StreamConnection> open = ConcurrentHashMap.newKeySet();

  PhaseRun(Target target, BenchPlan plan, PromptSource prompts) {
    this.target = target;
    this.plan = plan;
    this.prompts = prompts;
  }

  /**
   * Runs the phase.
   *
   * @param clients how many ask at once
   * @param requests how many requests each makes
   * @param firstPrompt number of the first prompt; as many as there are requests are used
   * @return every answer
   * @throws IOException if any request fails, or all together take too long
   */
  List<Answer> run(Phase phase, int clients, int requests, long firstPrompt)
      throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
      try {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<List<Answer>>> pending = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
          long prompt = firstPrompt + (long) client * requests;
          List<byte[]> bodies = bodies(phase, prompt, requests);
          pending.add(threads.submit(() -> ask(bodies, start)));
        }
        start.countDown();
        return collect(pending);
      } finally {
        // After a failure others still run: no new requests, and the end of blocking reads.
        threads.shutdownNow();
        closeAll();
      }
    }
  }

  private List<byte[]> bodies(Phase phase, long firstPrompt, int requests) {
    List<byte[]> bodies = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      String prompt = prompts.prompt(firstPrompt + i, plan.promptTokens(phase));
      bodies.add(target.body(plan, prompt, plan.answerTokens(phase)));
    }
    return bodies;
  }

  private List<Answer> ask(List<byte[]> bodies, CountDownLatch start)
      throws IOException, InterruptedException {
    start.await();
    List<Answer> answers = new ArrayList<>();
    for (byte[] body : bodies) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      answers.add(ask(body));
    }
    return answers;
  }

  private Answer ask(byte[] body) throws IOException {
    try (StreamConnection connection = new StreamConnection(target.api())) {
      open.add(connection);
      AnswerRecorder recorder = new AnswerRecorder(plan.chat());
      connection.post(target.path(plan), body, recorder);
      Answer answer = recorder.finish();
      open.remove(connection);
      return answer;
    }
  }

  private void closeAll() throws IOException {
    for (StreamConnection connection : open) {
      connection.close();
    }
    open.clear();
  }

  private List<Answer> collect(List<Future<List<Answer>>> pending)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + plan.timeout().toNanos();
    List<Answer> answers = new ArrayList<>();
    for (Future<List<Answer>> client : pending) {
      try {
        answers.addAll(client.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
      } catch (TimeoutException _) {
        throw new IOException(
            target.api() + " has not answered within " + plan.timeout().toSeconds() + " s");
      } catch (ExecutionException | CancellationException e) {
        throw new IOException(target.api() + ": " + rootMessage(e), e);
      }
    }
    return answers;
  }

  private static String rootMessage(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage());
  }
}
