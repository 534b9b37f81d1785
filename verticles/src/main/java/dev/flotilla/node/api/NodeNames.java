package dev.flotilla.node.api;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Nodes as people name them.
 *
 * @param byId what nodes are called, by id
 */
record NodeNames(Map<String, String> byId) {
  private static final int LEAST_PREFIX_CHARS = 6;

  NodeNames {
    byId = Map.copyOf(byId);
  }

  /** The ids of nodes that a field lists. */
  Set<String> ids(Fields fields, String name) {
    List<Object> values = fields.list(name);
    Set<String> nodes = new HashSet<>();
    for (int i = 0; i < values.size(); i++) {
      String path = "%s[%d]".formatted(fields.path(name), i);
      nodes.add(id(path, Fields.text(path, values.get(i))));
    }
    return nodes;
  }

  /** The node of an id, of its beginning, or of a name that only one has. */
  String id(String path, String text) {
    List<String> meant =
        byId.entrySet().stream()
            .filter(node -> isMeant(node.getKey(), node.getValue(), text))
            .map(Map.Entry::getKey)
            .toList();
    if (meant.size() != 1) {
      throw ApiException.invalid(
          path,
          "'%s' names %s; /api/nodes lists them."
              .formatted(path, meant.isEmpty() ? "no node of the swarm" : "more than one node"));
    }
    return meant.getFirst();
  }

  private static boolean isMeant(String id, String name, String text) {
    return id.equals(text)
        || name.equals(text)
        || (text.length() >= LEAST_PREFIX_CHARS && id.startsWith(text));
  }
}
