package dev.flotilla.sharding;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.concurrent.Executor;

/**
 * Where everything of one session happens, so that it needs no locks: calls of its reader and
 * events of its pipeline come on any thread and are carried over. Any thread.
 *
 * @param context of Vert.x
 */
public record SessionContext(Context context) implements Executor {

  /** The caller's context, or a new one where it is on none. */
  public static SessionContext of(Vertx vertx) {
    return new SessionContext(vertx.getOrCreateContext());
  }

  /** Runs an action at once if this is the caller's context, and otherwise later. */
  @Override
  public void execute(Runnable action) {
    if (context.equals(Vertx.currentContext())) {
      action.run();
    } else {
      later(action);
    }
  }

  /** Runs an action after what the context runs now, whoever asks. */
  public void later(Runnable action) {
    context.runOnContext(_ -> action.run());
  }
}
