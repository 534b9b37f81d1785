package dev.flotilla.cli.chat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What has been said so far, oldest first, after an optional system message. One thread. */
final class Conversation {

  private Optional<String> system;
  private final List<JsonObject> turns = new ArrayList<>();

  Conversation(Optional<String> system) {
    this.system = system;
  }

  void addUser(String text) {
    turns.add(message("user", text));
  }

  void addAssistant(String text) {
    turns.add(message("assistant", text));
  }

  /** Takes the last turn back. */
  void forgetLast() {
    turns.removeLast();
  }

  /** Forgets all turns but not the system message. */
  void clear() {
    turns.clear();
  }

  /** Replaces the system message; empty removes it. */
  void setSystem(Optional<String> text) {
    system = text;
  }

  Optional<String> system() {
    return system;
  }

  /** The messages of a request. */
  JsonArray messages() {
    JsonArray messages = new JsonArray();
    system.ifPresent(text -> messages.add(message("system", text)));
    turns.forEach(messages::add);
    return messages;
  }

  private static JsonObject message(String role, String content) {
    return new JsonObject().put("role", role).put("content", content);
  }
}
