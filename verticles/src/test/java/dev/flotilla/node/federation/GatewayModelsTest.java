package dev.flotilla.node.federation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.federation.FederationObserver;
import dev.flotilla.federation.FederationOptions;
import dev.flotilla.federation.ModelDescription;
import dev.flotilla.federation.PrefixDigest;
import dev.flotilla.federation.ReplicaAnnouncement;
import dev.flotilla.federation.ReplicaAnnouncement.State;
import dev.flotilla.federation.ReplicaDirectory;
import dev.flotilla.federation.ReplicaSpeed;
import dev.flotilla.federation.link.HostedReplicas;
import dev.flotilla.federation.link.LinkTransport;
import dev.flotilla.federation.link.PipelineServer;
import dev.flotilla.node.api.ReplicaView;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.discovery.Eventually;
import dev.flotilla.sharding.ModelCard;
import dev.flotilla.sharding.Pipeline;
import dev.flotilla.sharding.PipelineStatus;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a gateway makes of announcements. */
class GatewayModelsTest {
  private static final String OWN = node(0);
  private static final String FILE = "a".repeat(64);
  private static final String OTHER_FILE = "b".repeat(64);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client =
      vertx.createHttpClient(LinkTransport.client(new HttpClientOptions()), LinkTransport.pool());
  private final Set<String> members = new HashSet<>(Set.of(OWN, node(1), node(2)));
  private final Neighbours neighbours = new Three();
  private final GatewayModels models =
      new GatewayModels(
          vertx,
          neighbours,
          _ -> FederationOptions.STANDARD,
          FederationObserver.NONE,
          new Ways(vertx, neighbours, _ -> {}),
          Runnable::run);
  private long sequence;

  /** Of all nodes; nobody listens there. */
  private int linkPort = 1;

  @AfterEach
  void close() throws Exception {
    models.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private final class Three implements Neighbours {
    @Override
    public String own() {
      return OWN;
    }

    @Override
    public Set<String> members() {
      return members;
    }

    @Override
    public String name(String nodeId) {
      return "node " + nodeId.charAt(63);
    }

    @Override
    public Optional<SocketAddress> link(String nodeId) {
      return Optional.of(SocketAddress.inetSocketAddress(linkPort, "127.0.0.1"));
    }

    @Override
    public HttpClient client(String nodeId) {
      return client;
    }

    @Override
    public HttpClient sessionClient(String nodeId) {
      return client;
    }

    @Override
    public OptionalDouble roundTripMillis(String nodeId) {
      return OptionalDouble.empty();
    }

    @Override
    public void onChange(Runnable listener) {}
  }

  private static String node(int number) {
    return "%064x".formatted(number);
  }

  private void hear(int node, String model, String fingerprint, State state) {
    ModelDescription description = describe(model, fingerprint);
    models.heard(of(node, description, state), description, JinjaChatTemplate.chatMl());
  }

  private static ModelDescription describe(String model, String fingerprint) {
    return new ModelDescription(
        new ModelCard(model, 1, "llama", 2, 3, 4, "F16", 512, 512, 64, false),
        fingerprint,
        new ModelDescription.Template("its own", "{{ messages }}", "", ""));
  }

  private ReplicaAnnouncement of(int node, ModelDescription description, State state) {
    return new ReplicaAnnouncement(
        node(node),
        description.card().id(),
        "1",
        ModelDescription.digestOf(description.encode()),
        1,
        ++sequence,
        state,
        4,
        1,
        0,
        64,
        512,
        0,
        0,
        0,
        0,
        new ReplicaSpeed(500, List.of(20.0)),
        Optional.of(PrefixDigest.EMPTY));
  }

  private List<String> ids() {
    return models.models().stream().map(ServedModel::id).toList();
  }

  private List<String> nodesOf(String model) {
    return models.replicas(model).stream().map(ReplicaView::node).toList();
  }

  @Test
  void ownModelsComeFirstAndOthersByName() {
    hear(1, "zebra", FILE, State.READY);
    hear(2, "ant", FILE, State.READY);
    hear(0, "mouse", FILE, State.READY);
    hear(1, "mouse", FILE, State.READY);
    assertThat(ids()).containsExactly("mouse", "ant", "zebra");
    assertThat(nodesOf("mouse")).containsExactly(node(0), node(1));
    assertThat(models.replicas("mouse").getFirst().name()).isEqualTo("node 0");
  }

  @Test
  void theFirstFileOfANameHasIt() {
    hear(1, "story", FILE, State.READY);
    hear(2, "story", OTHER_FILE, State.READY);
    assertThat(nodesOf("story")).containsExactly(node(1));
    models.nodeLost(node(1));
    hear(2, "story", OTHER_FILE, State.READY);
    assertThat(nodesOf("story")).containsExactly(node(2));
  }

  @Test
  void aNodeThatChangesItsFileGetsNoSessionsOfTheOldOne() {
    hear(1, "story", FILE, State.READY);
    hear(2, "story", FILE, State.READY);
    hear(2, "story", OTHER_FILE, State.READY);
    assertThat(nodesOf("story")).containsExactly(node(1));
  }

  @Test
  void ownFilesGoBeforeThoseOfOthers() {
    hear(1, "story", FILE, State.READY);
    hear(0, "story", OTHER_FILE, State.READY);
    assertThat(nodesOf("story")).containsExactly(node(0));
    hear(1, "story", FILE, State.READY);
    assertThat(nodesOf("story")).containsExactly(node(0));
  }

  @Test
  void aModelThatNobodyServesIsKnownForAWhile() {
    hear(1, "story", FILE, State.READY);
    long lost = System.nanoTime();
    members.remove(node(1));
    models.expire(lost);
    assertThat(ids()).isEmpty();
    assertThat(models.find("story")).isPresent();
    assertThat(models.find("story").orElseThrow().pipeline().status().state())
        .isEqualTo(PipelineStatus.State.FAILED);
    assertThat(models.find("other")).isEmpty();
    models.expire(lost + 2 * GatewayModels.REMEMBERED_NANOS);
    assertThat(models.find("story")).isEmpty();
  }

  @Test
  void silentNodesAreGoneUntilTheyAreHeardOf() {
    hear(1, "story", FILE, State.READY);
    models.expire(System.nanoTime() + ReplicaDirectory.SILENCE_NANOS + 1);
    assertThat(ids()).isEmpty();
    hear(1, "story", FILE, State.READY);
    assertThat(ids()).containsExactly("story");
  }

  @Test
  void unreachableNodesAreGoneUntilTheyAnswer() throws Exception {
    hear(1, "story", FILE, State.READY);
    models.unlink(node(1));
    hear(1, "story", FILE, State.READY);
    assertThat(ids()).isEmpty();
    linkPort = listen();
    Eventually.await(
        "the node is back",
        () -> {
          hear(1, "story", FILE, State.READY);
          return ids().equals(List.of("story"));
        });
  }

  /** Starts the link of a node that has the model; returns its port. */
  private int listen() throws Exception {
    HostedReplicas.Hosted story =
        new HostedReplicas.Hosted() {
          @Override
          public Pipeline pipeline() {
            throw new UnsupportedOperationException();
          }

          @Override
          public ReplicaAnnouncement announcement() {
            return of(1, describe("story", FILE), State.READY);
          }

          @Override
          public byte[] description() {
            throw new UnsupportedOperationException();
          }
        };
    return vertx
        .createHttpServer(LinkTransport.server(new HttpServerOptions()))
        .requestHandler(new PipelineServer(vertx, _ -> Optional.of(story)))
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS)
        .actualPort();
  }
}
