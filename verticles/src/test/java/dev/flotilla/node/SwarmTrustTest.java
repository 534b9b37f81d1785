package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.SwarmFolder;
import dev.flotilla.tokens.SwarmToken;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Throwing a node out and replacing the secret, while the swarm works. */
@Timeout(400)
class SwarmTrustTest {
  private static final String THROWN_OUT = "this node was thrown out of its swarm";

  @TempDir private Path folder;

  private LocalSwarm swarm;

  @BeforeEach
  void begin() {
    swarm = new LocalSwarm(folder);
  }

  @AfterEach
  void stop() {
    swarm.close();
  }

  @Test
  void whoIsThrownOutStaysOutAndTheOthersNoticeNothing() throws Exception {
    swarm.route("first");
    swarm.together(List.of(() -> swarm.serve("second"), () -> swarm.run("third")));
    swarm.awaitMembers("first", "second", "third");

    Traffic traffic = new Traffic();
    swarm.revoke("first", "third");
    swarm.awaitMembers("first", "second");
    LocalSwarm.await(() -> swarm.log("third").contains(THROWN_OUT));
    LocalSwarm.awaitMembers(swarm.node("third"), "third");
    traffic.endWell();
    assertThat(swarm.node("third").get("/health").statusCode()).isEqualTo(200);

    List.of("first", "second", "third").forEach(swarm::stop);
    swarm.run("first");
    swarm.together(List.of(() -> swarm.run("second"), () -> swarm.run("third")));
    swarm.awaitMembers("first", "second");
    LocalSwarm.await(() -> swarm.log("first").contains("cluster: REVOKED: node"));
    assertThat(LocalSwarm.names(swarm.node("third"))).containsExactly("third");
    assertThat(swarm.log("third").split(THROWN_OUT, -1).length - 1).isGreaterThanOrEqualTo(2);
    swarm.awaitMembers("first", "second");
  }

  @Test
  void aNewSecretReachesAllWithoutAFailedRequest() throws Exception {
    swarm.route("first");
    String invite = swarm.invite("first", "worker", 1);
    swarm.together(
        List.of(
            () -> swarm.serve("second"),
            () -> swarm.run("away"),
            () -> swarm.join("worker", invite)));
    swarm.awaitMembers("first", "second", "away", "worker");
    swarm.stop("away");
    swarm.awaitMembers("first", "second", "worker");

    Traffic traffic = new Traffic();
    String rotated = swarm.administer("first", "rotate", new JsonObject()).getString("token");
    SwarmToken next = SwarmToken.parse(rotated);
    LocalSwarm.await(() -> holdsToken("second", next));
    LocalSwarm.await(() -> isCertifiedBy("worker", next));
    traffic.endWell();
    swarm.awaitMembers("first", "second", "worker");

    // It knows the old secret only, and whom it meets has certificates of the new one.
    swarm.run("away");
    LocalSwarm.await(() -> holdsToken("away", next));
    swarm.awaitMembers("first", "second", "worker", "away");
  }

  private boolean holdsToken(String name, SwarmToken token) throws Exception {
    Path kept = swarm.stateOf(name).resolve("swarm/token");
    return SwarmToken.parse(Files.readString(kept)).secret().equals(token.secret());
  }

  private boolean isCertifiedBy(String name, SwarmToken token) {
    SwarmFolder kept = new SwarmFolder(swarm.stateOf(name).resolve("swarm"));
    NodeCertificate certificate = kept.certificate().orElseThrow();
    return token.authority().certificate().issued(certificate.x509());
  }

  /** Sessions from the first node, a gateway, to the second, until it is ended; none fails. */
  private final class Traffic {
    private static final int LIMIT_SECONDS = 60;
    private static final int TOKENS = 4;

    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicBoolean done = new AtomicBoolean();
    private final ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor();
    private final Future<?> asking;

    Traffic() throws Exception {
      RunningNode gateway = swarm.node("first");
      LocalSwarm.awaitReplicas(gateway, 1);
      asking = thread.submit(() -> ask(gateway));
      LocalSwarm.await(() -> answered.get() > 0);
    }

    private Object ask(RunningNode gateway) throws Exception {
      while (!done.get()) {
        String request = StoryStream.request(answered.get(), TOKENS, false);
        var answer = gateway.post("/v1/completions", request);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        answered.incrementAndGet();
      }
      return answered;
    }

    void endWell() throws Exception {
      int before = answered.get();
      LocalSwarm.await(() -> answered.get() > before || asking.isDone());
      done.set(true);
      asking.get(LIMIT_SECONDS, TimeUnit.SECONDS);
      thread.close();
    }
  }
}
