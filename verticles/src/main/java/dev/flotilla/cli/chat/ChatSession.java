package dev.flotilla.cli.chat;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;

/** Reads lines and answers them until the input ends. */
public final class ChatSession {

  private static final String HELP =
      """
      /system TEXT  replace the system message; without TEXT remove it
      /clear        forget the conversation
      /exit         leave (Ctrl-D does too)
      Ctrl-C stops an answer.
      """;

  private final ChatApi api;
  private final LineInput input;
  private final PrintWriter out;
  private final PrintWriter err;
  private final Conversation conversation;
  private boolean failed;

  /**
   * A conversation.
   *
   * @param out where answers go
   * @param err where everything else goes
   * @param system the system message
   */
  public ChatSession(
      ChatApi api, LineInput input, PrintWriter out, PrintWriter err, Optional<String> system) {
    this.api = api;
    this.input = input;
    this.out = out;
    this.err = err;
    this.conversation = new Conversation(system);
  }

  /**
   * Talks until the input ends or says so.
   *
   * @return whether every line was answered
   */
  public boolean run() throws IOException {
    while (true) {
      Optional<String> line = input.readLine();
      if (line.isEmpty() || line.get().strip().equals("/exit")) {
        return !failed;
      }
      take(line.get().strip());
    }
  }

  private void take(String line) {
    if (line.startsWith("/")) {
      command(line);
    } else if (!line.isEmpty()) {
      answer(line);
    }
  }

  private void command(String line) {
    int space = line.indexOf(' ');
    String argument = space < 0 ? "" : line.substring(space + 1).strip();
    switch (space < 0 ? line : line.substring(0, space)) {
      case "/help" -> say(HELP.stripTrailing());
      case "/clear" -> {
        conversation.clear();
        say("The conversation is forgotten.");
      }
      case "/system" -> {
        conversation.setSystem(Optional.of(argument).filter(text -> !text.isEmpty()));
        say("System message: " + conversation.system().orElse("none"));
      }
      default -> say("There is no command " + line + ". Try /help.");
    }
  }

  private void answer(String question) {
    conversation.addUser(question);
    try {
      String answer = api.ask(conversation.messages(), this::print);
      conversation.addAssistant(answer);
      out.println();
      out.flush();
    } catch (IOException e) {
      conversation.forgetLast();
      failed = true;
      say("No answer: " + e.getMessage());
    }
  }

  private void print(String text) {
    out.print(text);
    out.flush();
  }

  private void say(String text) {
    err.println(text);
    err.flush();
  }
}
