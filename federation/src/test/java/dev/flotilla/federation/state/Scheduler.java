package dev.flotilla.federation.state;

import java.util.PriorityQueue;

/** Virtual time: runs what is due, in order of time and then of scheduling. */
final class Scheduler {

  private record Task(long atMillis, long number, Runnable work) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>((a, b) ->
          a.atMillis() != b.atMillis()
              ? Long.compare(a.atMillis(), b.atMillis())
              : Long.compare(a.number(), b.number()));
  private long now;
  private long count;

  long now() {
    return now;
  }

  void after(long millis, Runnable work) {
    tasks.add(new Task(now + millis, count++, work));
  }

  void runUntil(long millis) {
    while (!tasks.isEmpty() && tasks.peek().atMillis() <= millis) {
      Task task = tasks.poll();
      now = task.atMillis();
      task.work().run();
    }
    now = millis;
  }
}
