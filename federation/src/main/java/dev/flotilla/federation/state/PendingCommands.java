package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Commands that were submitted on this node and are not answered yet. */
final class PendingCommands {

  private record Pending(Request request, long submittedMillis, long sentMillis) {}

  private final KeeperOptions options;
  private final Map<String, Pending> pending = new LinkedHashMap<>();

  PendingCommands(KeeperOptions options) {
    this.options = options;
  }

  boolean isFull() {
    return pending.size() >= options.maxPending();
  }

  void add(Request request, long nowMillis) {
    pending.putIfAbsent(request.commandId(), new Pending(request, nowMillis, nowMillis));
  }

  /** Whether it was still waited for. */
  boolean remove(String commandId) {
    return pending.remove(commandId) != null;
  }

  /** Those to be asked again now; they count as asked. */
  List<Request> due(long nowMillis) {
    List<Request> due = new ArrayList<>();
    pending.replaceAll((_, each) -> {
      if (nowMillis - each.sentMillis() < options.retryMillis()) {
        return each;
      }
      due.add(each.request());
      return new Pending(each.request(), each.submittedMillis(), nowMillis);
    });
    return due;
  }

  /** Has all be asked again as soon as may be. */
  void askAgain() {
    pending.replaceAll(
        (_, each) -> new Pending(each.request(), each.submittedMillis(), Long.MIN_VALUE / 2));
  }

  /** Gives up those that have waited too long. */
  List<Action> expire(long nowMillis) {
    List<Action> replies = new ArrayList<>();
    pending
        .values()
        .removeIf(each -> {
          boolean expired = nowMillis - each.submittedMillis() >= options.commandMillis();
          if (expired) {
            replies.add(
                new Action.Reply(
                    each.request().commandId(),
                    new Outcome.Refused(
                        Refusal.TIMED_OUT,
                        "no answer in %d ms".formatted(options.commandMillis()))));
          }
          return expired;
        });
    return replies;
  }
}
