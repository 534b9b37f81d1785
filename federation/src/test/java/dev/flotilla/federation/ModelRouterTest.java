package dev.flotilla.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.federation.CircuitBreakers.Outcome;
import dev.flotilla.federation.ModelRouter.Choice;
import dev.flotilla.sharding.Pipeline;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ModelRouterTest {
  private static final int STREAMS = 30;

  private final Network network = new Network();
  private final ModelRouter router =
      new ModelRouter(
          "stories",
          network,
          FederationOptions.STANDARD,
          new FederationObserver() {},
          new Random(1));

  /** Two replicas with room for all. */
  private static final class Network implements Replicas {
    private ReplicaDirectory directory =
        ReplicaDirectory.EMPTY
            .with(Announcements.of(1, 1, 1, STREAMS, 0), System.nanoTime())
            .with(Announcements.of(2, 1, 1, STREAMS, 0), System.nanoTime());

    @Override
    public ReplicaDirectory directory() {
      return directory;
    }

    @Override
    public Optional<Link> link(String nodeId, String modelId) {
      return Optional.of(new Way());
    }

    @Override
    public Future<Void> gone(ReplicaAnnouncement replica) {
      throw new UnsupportedOperationException();
    }
  }

  private record Way() implements Replicas.Link {
    @Override
    public Pipeline pipeline() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<ReplicaAnnouncement> probe() {
      throw new UnsupportedOperationException();
    }

    @Override
    public double roundTripSeconds() {
      return 0;
    }
  }

  private List<Future<Optional<Choice>>> interrupted() {
    SessionRequest stream =
        new SessionRequest(
                new Prompt.Text("a prompt", true, false),
                SamplingOptions.GREEDY,
                new StopConditions(9, List.of()),
                true,
                true)
            .resumedAt(new Resumption(new int[] {1, 2}, 0));
    List<Future<Optional<Choice>>> choices = new ArrayList<>();
    for (int i = 0; i < STREAMS; i++) {
      choices.add(router.choose(stream, Wanted.ANY));
    }
    return choices;
  }

  private static List<Choice> made(List<Future<Optional<Choice>>> choices) {
    return choices.stream()
        .filter(Future::isComplete)
        .map(choice -> choice.result().orElseThrow())
        .toList();
  }

  @Test
  void interruptedStreamsGoOnAFewAtATime() {
    List<Future<Optional<Choice>>> choices = interrupted();
    List<Choice> first = made(choices);
    for (int node = 1; node <= 2; node++) {
      String id = Announcements.node(node);
      assertThat(first.stream().filter(choice -> choice.nodeId().equals(id)))
          .hasSize(Replays.MOST_AT_ONCE);
    }
    // One goes on, another is lost: each makes room for one more, where it was.
    router.progressed(first.getFirst());
    router.left(first.getLast(), Outcome.FAILED);
    assertThat(made(choices)).hasSizeGreaterThanOrEqualTo(first.size() + 2);
    for (int sent = 0; sent < STREAMS; sent++) {
      router.progressed(made(choices).get(sent));
    }
    assertThat(made(choices)).hasSize(STREAMS);
  }

  @Test
  void interruptedStreamsThatWaitAreToldThatNothingIsLeft() {
    List<Future<Optional<Choice>>> choices = interrupted();
    Choice one = made(choices).getFirst();
    network.directory = ReplicaDirectory.EMPTY;
    router.left(one, Outcome.FAILED);
    assertThat(choices).allMatch(Future::isComplete);
    assertThat(choices.getLast().result()).isEmpty();
  }
}
