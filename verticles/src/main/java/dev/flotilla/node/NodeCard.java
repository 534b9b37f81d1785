package dev.flotilla.node;

import dev.flotilla.tokens.NodeId;
import dev.flotilla.tokens.NodeRole;
import dev.flotilla.tokens.PeerAddress;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * What every member knows of a node.
 *
 * @param id who it is
 * @param name what people call it
 * @param role what it is
 * @param version of Flotilla that it runs
 * @param since when it joined
 * @param cluster where its cluster port is reached
 * @param link where its link port is reached
 * @param api the URL of its API, as it sees it itself
 * @param lentBytes memory that it lends to the swarm's models
 */
public record NodeCard(
    NodeId id,
    String name,
    NodeRole role,
    String version,
    Instant since,
    PeerAddress cluster,
    PeerAddress link,
    String api,
    long lentBytes) {
  private static final int MAX_TEXT_CHARS = 256;

  /** As text for other members. */
  String encode() {
    return new JsonObject()
        .put("id", id.hex())
        .put("name", name)
        .put("role", role.label())
        .put("version", version)
        .put("since", since.getEpochSecond())
        .put("cluster", cluster.toString())
        .put("link", link.toString())
        .put("api", api)
        .put("lent", lentBytes)
        .encode();
  }

  /** Reads the text of another member; empty if it makes no sense. */
  static Optional<NodeCard> decode(String text) {
    try {
      JsonObject json = new JsonObject(text);
      return Optional.of(
          new NodeCard(
              new NodeId(json.getString("id")),
              bounded(json.getString("name")),
              NodeRole.of(json.getString("role")),
              bounded(json.getString("version")),
              Instant.ofEpochSecond(json.getLong("since")),
              PeerAddress.parse(json.getString("cluster")),
              PeerAddress.parse(json.getString("link")),
              bounded(json.getString("api")),
              Math.max(0, json.getLong("lent", 0L))));
    } catch (DecodeException e) {
      return Optional.empty();
    } catch (RuntimeException _) {
      // Hostile or of another version: a missing field, a wrong type, an address that is none.
      return Optional.empty();
    }
  }

  private static String bounded(String text) {
    return text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS);
  }
}
