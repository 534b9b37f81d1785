package dev.flotilla.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.SessionEvent.Admitted;
import dev.flotilla.engine.SessionEvent.Finished;
import dev.flotilla.engine.SessionEvent.Generated;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Runs a request undisturbed on one engine, and then once for every event of it resumed after that
 * event on another.
 */
public final class Resuming {
  private final Engine first;
  private final Engine second;
  private final RecordingSink undisturbed = new RecordingSink();
  private final RecordingSink resumed = new RecordingSink();
  private long sessions;

  /**
   * An engine.
   *
   * @param runAll runs its sessions to their ends
   */
  public record Engine(BatchScheduler scheduler, Runnable runAll) {

    /** One whose steps are done when they return. */
    public static Engine of(BatchScheduler scheduler) {
      return new Engine(
          scheduler,
          () -> {
            while (!scheduler.runnableSessions().isEmpty()) {
              scheduler.step();
            }
          });
    }
  }

  /** Makes two engines of one model. */
  public Resuming(Function<SessionSink, Engine> first, Function<SessionSink, Engine> second) {
    this.first = first.apply(undisturbed);
    this.second = second.apply(resumed);
  }

  /** Why the second engine refuses what is no resumption of a request. */
  public EngineException refusal(SessionRequest request, int[] prompt) {
    long session = ++sessions;
    second.scheduler().open(session, request, prompt, Integer.MAX_VALUE);
    second.runAll().run();
    BatchScheduler idle = second.scheduler();
    assertThat(idle.runningSessions() + idle.queuedSessions()).isZero();
    return resumed.failure(session);
  }

  /**
   * Fails unless what follows every cut are the very events that followed undisturbed, tokens and
   * log probabilities included.
   *
   * @return the undisturbed answer
   */
  public String assertSameAfterEveryCut(SessionRequest request, int[] prompt) {
    long whole = ++sessions;
    first.scheduler().open(whole, request, prompt, Integer.MAX_VALUE);
    first.runAll().run();
    List<Generated> events = generated(undisturbed.events(whole));
    Finished end = undisturbed.finished(whole);
    assertThat(events).as("events of %s", undisturbed.text(whole)).hasSizeGreaterThan(1);
    for (int cut = 0; cut <= events.size(); cut++) {
      long rest = ++sessions;
      second
          .scheduler()
          .open(
              rest, request.resumedAt(progress(events.subList(0, cut))), prompt, Integer.MAX_VALUE);
      second.runAll().run();
      assertThat(resumed.hasEnded(rest)).as("ended after a cut at %d", cut).isTrue();
      assertThat(generated(resumed.events(rest)))
          .as("events after a cut at %d of %s", cut, events)
          .isEqualTo(events.subList(cut, events.size()));
      Finished restEnd = resumed.finished(rest);
      assertThat(restEnd.reason()).as("reason after a cut at %d", cut).isEqualTo(end.reason());
      assertThat(restEnd.usage().completionTokens())
          .as("completion tokens after a cut at %d", cut)
          .isEqualTo(end.usage().completionTokens());
      assertThat(restEnd.usage().promptTokens()).isEqualTo(end.usage().promptTokens());
      Admitted admitted = (Admitted) resumed.events(rest).getFirst();
      assertThat(admitted.promptTokens()).isEqualTo(prompt.length);
      assertThat(admitted.cachedTokens()).isLessThanOrEqualTo(prompt.length);
    }
    return undisturbed.text(whole);
  }

  /** What a journal that kept these events knows. */
  public static Resumption progress(List<Generated> events) {
    TokenList tokens = new TokenList();
    int chars = 0;
    for (Generated event : events) {
      for (int token : event.tokens()) {
        tokens.add(token);
      }
      chars += event.text().length();
    }
    return new Resumption(tokens.toArray(), chars);
  }

  static List<Generated> generated(List<SessionEvent> events) {
    List<Generated> generated = new ArrayList<>();
    for (SessionEvent event : events) {
      if (event instanceof Generated more) {
        generated.add(more);
      }
    }
    return generated;
  }
}
