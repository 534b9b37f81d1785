package dev.flotilla.sharding;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionContextTest {
  private final Vertx vertx = Vertx.vertx();
  private final List<String> order = new CopyOnWriteArrayList<>();
  private final CompletableFuture<List<String>> done = new CompletableFuture<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void actionsOfItsOwnRunAtOnceUnlessTheyAreForLater() throws Exception {
    SessionContext context = SessionContext.of(vertx);
    context.later(() -> {
      context.later(() -> order.add("later"));
      context.execute(() -> order.add("at once"));
      order.add("last");
      context.later(() -> done.complete(List.copyOf(order)));
    });
    assertThat(done.get(10, TimeUnit.SECONDS)).containsExactly("at once", "last", "later");
  }

  @Test
  void actionsOfOthersAreCarriedOver() throws Exception {
    SessionContext context = SessionContext.of(vertx);
    CompletableFuture<Boolean> there = new CompletableFuture<>();
    context.execute(() -> there.complete(context.context().equals(Vertx.currentContext())));
    assertThat(there.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void itIsTheCallersWhereThereIsOne() throws Exception {
    SessionContext own = SessionContext.of(vertx);
    CompletableFuture<SessionContext> found = new CompletableFuture<>();
    own.execute(() -> found.complete(SessionContext.of(vertx)));
    assertThat(found.get(10, TimeUnit.SECONDS)).isEqualTo(own);
  }
}
