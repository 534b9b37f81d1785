package dev.flotilla.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** Readers who have a gateway tell them stories, one after the other, until they are stopped. */
final class StoryLoad implements AutoCloseable {

  /**
   * A story that was read to its end.
   *
   * @param number which story
   */
  record Told(int number, String text, StoryStream stream, long begunNanos, long endedNanos) {
    /** Whether it was being told for some of this time. */
    boolean meets(long fromNanos, long toNanos) {
      return begunNanos <= toNanos && endedNanos >= fromNanos;
    }
  }

  private final RunningNode gateway;
  private final int tokens;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<List<Told>>> readers = new ArrayList<>();
  private final AtomicInteger all = new AtomicInteger();
  private final Map<Integer, StoryStream> open = new ConcurrentSkipListMap<>();
  private volatile boolean stopped;

  /** Readers of a story each: of number 0, 1 and so on. */
  StoryLoad(RunningNode gateway, int readers, int tokens) {
    this.gateway = gateway;
    this.tokens = tokens;
    for (int number = 0; number < readers; number++) {
      int own = number;
      this.readers.add(threads.submit(() -> read(own)));
    }
  }

  /** What readers of as many stories should be told, by number: read one by one, not streamed. */
  static Map<Integer, String> undisturbed(RunningNode gateway, int readers, int tokens)
      throws Exception {
    Map<Integer, String> texts = new TreeMap<>();
    for (int number = 0; number < readers; number++) {
      texts.put(
          number,
          StoryStream.whole(
              gateway.post("/v1/completions", StoryStream.request(number, tokens, false))));
    }
    return texts;
  }

  private List<Told> read(int number) throws Exception {
    List<Told> told = new ArrayList<>();
    while (!stopped) {
      long begun = System.nanoTime();
      StoryStream stream = StoryStream.open(gateway, number, tokens);
      open.put(number, stream);
      String text = stream.text();
      told.add(new Told(number, text, stream, begun, System.nanoTime()));
      all.incrementAndGet();
    }
    return told;
  }

  /** How many stories were told so far; fails if a reader was told an error. */
  int told() throws Exception {
    for (Future<List<Told>> reader : readers) {
      if (reader.isDone()) {
        outcome(reader);
      }
    }
    return all.get();
  }

  /** How many stories were told, and how far those are that are being told now. */
  String progress() {
    String now =
        open.entrySet().stream()
            .map(story -> "story %d %s".formatted(story.getKey(), story.getValue().progress()))
            .collect(Collectors.joining(", "));
    return "%d stories told, of up to %d events each; %s".formatted(all.get(), tokens, now);
  }

  /** Lets all readers read to the end; fails if one was told an error. */
  List<Told> stop() throws Exception {
    stopped = true;
    List<Told> told = new ArrayList<>();
    for (Future<List<Told>> reader : readers) {
      told.addAll(outcome(reader));
    }
    return told;
  }

  private static List<Told> outcome(Future<List<Told>> reader) throws Exception {
    try {
      return reader.get(3, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      throw new AssertionError("a story was not told", e.getCause());
    }
  }

  @Override
  public void close() {
    stopped = true;
    threads.shutdownNow();
  }
}
