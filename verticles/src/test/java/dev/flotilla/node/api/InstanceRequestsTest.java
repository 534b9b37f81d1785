package dev.flotilla.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.node.instances.NodeChoice;
import dev.flotilla.node.instances.PlacementWish;
import io.vertx.core.MultiMap;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InstanceRequestsTest {
  private static final String ATTIC = "a".repeat(64);
  private static final String CELLAR = "c".repeat(64);
  private static final String OTHER_CELLAR = "d".repeat(64);

  private final InstanceRequests requests =
      new InstanceRequests(
          new NodeNames(Map.of(ATTIC, "attic", CELLAR, "cellar", OTHER_CELLAR, "cellar")));

  private PlacementWish wish(Map<String, Object> more) {
    Map<String, Object> body = new HashMap<>(more);
    body.put("model_id", "story");
    return requests.wish(Fields.of(body));
  }

  @Test
  void nodesAndLabelsAreWhatWasAskedFor() {
    PlacementWish wish =
        wish(
            Map.of(
                "pin_node_ids", List.of("attic"),
                "exclude_node_ids", List.of("cccccc"),
                "labels", List.of("room=office", "rack=3")));
    assertThat(wish.nodes())
        .isEqualTo(
            new NodeChoice(
                Set.of(), Set.of(ATTIC), Set.of(CELLAR), Map.of("room", "office", "rack", "3")));
    assertThat(wish(Map.of()).nodes()).isEqualTo(NodeChoice.ANY);
  }

  @Test
  void aQuerySaysTheSame() {
    MultiMap query =
        MultiMap.caseInsensitiveMultiMap()
            .add("model_id", "story")
            .add("min_nodes", "2")
            .add("pin_node_ids", "attic")
            .add("labels", "room=office")
            .add("labels", "rack=3");
    PlacementWish wish = requests.wish(query);
    assertThat(wish.minNodes()).isEqualTo(2);
    assertThat(wish.nodes().pinned()).containsExactly(ATTIC);
    assertThat(wish.nodes().labels()).isEqualTo(Map.of("room", "office", "rack", "3"));
  }

  @Test
  void whatContradictsItselfIsRefusedByName() {
    List<Object> attic = List.of("attic");
    assertRefused("pin_node_ids", Map.of("pin_node_ids", attic, "exclude_node_ids", attic));
    assertRefused(
        "pin_node_ids", Map.of("pin_node_ids", attic, "node_ids", List.<Object>of(CELLAR)));
    assertRefused(
        "pin_node_ids", Map.of("pin_node_ids", List.<Object>of(ATTIC, CELLAR), "max_nodes", 1));
    assertRefused("labels", Map.of("labels", List.<Object>of("room=office", "room=attic")));
  }

  @Test
  void whatIsNoNodeOrNoLabelIsRefusedByName() {
    assertRefused("pin_node_ids[0]", Map.of("pin_node_ids", List.<Object>of("garage")));
    assertRefused("pin_node_ids[0]", Map.of("pin_node_ids", List.<Object>of("cellar")));
    assertRefused("pin_node_ids[1]", Map.of("pin_node_ids", List.<Object>of("attic", 3)));
    assertRefused("labels[0]", Map.of("labels", List.<Object>of("room")));
    assertRefused("labels[1]", Map.of("labels", List.<Object>of("room=office", "a=b c")));
    assertRefused("labels[0]", Map.of("labels", List.<Object>of(7)));
    assertRefused("labels", Map.of("labels", "room=office"));
    List<Object> many =
        IntStream.range(0, 33).mapToObj(i -> (Object) ("label" + i + "=x")).toList();
    assertRefused("labels", Map.of("labels", many));
    assertRefused("labels[0]", Map.of("labels", Collections.singletonList(null)));
  }

  private void assertRefused(String field, Map<String, Object> more) {
    assertThatThrownBy(() -> wish(more))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.getMessage()).contains("'" + field + "'"));
  }
}
