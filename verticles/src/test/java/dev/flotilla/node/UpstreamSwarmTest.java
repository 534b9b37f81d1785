package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.gguf.SharedFiles;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers that are no members of the swarm, one behind a member, one behind the gateway: real
 * processes, and the loss of each.
 */
@Timeout(180)
class UpstreamSwarmTest {
  private static final int TOKENS = 400;

  @TempDir private Path folder;

  @Test
  void gatewaysUseTheUpstreamsOfOtherNodesAsTheirOwn() throws Exception {
    try (RunningNode one = outside("one");
        RunningNode two = outside("two");
        LocalSwarm swarm = new LocalSwarm(folder)) {
      swarm.run("member", "--upstream", "x=" + one.url());
      RunningNode gateway = swarm.route("gateway", "--upstream", "y=" + two.url() + "/v1");
      LocalSwarm.await(() -> upstreams(gateway).equals(Set.of("x@member", "y")));

      String direct = StoryStream.whole(ask(one, LocalSwarm.MODEL, 1));
      for (String model : List.of("story", "x@member/story", "y/story")) {
        assertThat(StoryStream.whole(ask(gateway, model, 1))).isEqualTo(direct);
      }
      StoryStream story = StoryStream.open(gateway, 1, TOKENS);
      assertThat(story.text()).isEqualTo(direct);
      assertThat(story.usage().getInteger("completion_tokens")).isEqualTo(TOKENS);

      breaksOffWithAnError(gateway, one);
      // Whoever is not known to be gone yet is asked, and then the other.
      for (int seed = 0; seed < 4; seed++) {
        assertThat(ask(gateway, "story", seed).statusCode()).isEqualTo(200);
      }
      LocalSwarm.await(() -> upstreams(gateway).equals(Set.of("y")));

      two.process().destroyForcibly().waitFor();
      LocalSwarm.await(() -> upstreams(gateway).isEmpty());
      HttpResponse<String> none = ask(gateway, "story", 1);
      assertThat(none.statusCode()).as(none.body()).isEqualTo(503);
      assertThat(none.headers().firstValue("retry-after")).isPresent();
    }
  }

  private RunningNode outside(String name) throws Exception {
    String model = SharedFiles.require("models/stories260K.gguf").toString();
    return RunningNode.start(
        folder.resolve("outside-" + name),
        "--model",
        LocalSwarm.MODEL + "=" + model,
        "--threads",
        "1",
        "--context-size",
        "512");
  }

  private static HttpResponse<String> ask(RunningNode node, String model, int seed)
      throws Exception {
    String request =
        new JsonObject(StoryStream.request(seed, TOKENS, false)).put("model", model).encode();
    return node.post("/v1/completions", request);
  }

  /** Upstreams that serve the model as the gateway's clients see it. */
  private static Set<String> upstreams(RunningNode gateway) throws Exception {
    Set<String> names = new TreeSet<>();
    for (JsonObject replica : LocalSwarm.replicas(gateway)) {
      names.add(replica.getString("upstream"));
    }
    return names;
  }

  /** A stream of the member's upstream, which dies in the middle of it. */
  private static void breaksOffWithAnError(RunningNode gateway, RunningNode victim)
      throws Exception {
    // Seconds of work, whatever fits into the buffers between here and there.
    String request =
        new JsonObject(StoryStream.request(2, TOKENS, true))
            .put("model", "x@member/story")
            .put("n", 32)
            .encode();
    HttpResponse<Stream<String>> answer = gateway.stream("/v1/completions", request);
    try (Stream<String> lines = answer.body()) {
      var events = lines.filter(line -> line.startsWith("data: ")).iterator();
      IntStream.range(0, 10).forEach(i -> assertThat(events.next()).contains("choices"));
      victim.process().destroyForcibly().waitFor();
      String last = "";
      while (events.hasNext()) {
        last = events.next();
      }
      assertThat(last).contains("upstream_lost").contains("can't be resumed");
    }
  }
}
