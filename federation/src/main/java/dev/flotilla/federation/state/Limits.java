package dev.flotilla.federation.state;

/** The most of everything that is in the state. */
final class Limits {
  static final int TEXT = 256;
  static final int MEMBERS = 1024;
  static final int MODELS = 1024;
  static final int PLACEMENTS = 4096;
  static final int STAGES = 256;
  static final int LAYERS = 4096;

  /** Commands by whose ids a repetition is known. */
  static final int RECENT_COMMANDS = 512;

  /** A swarm's first entry admits all its members. */
  static final int EVENTS_OF_ENTRY = MEMBERS + 1;

  /** Entries that are not known to be agreed on yet. */
  static final int TAIL = 1024;

  private Limits() {}

  /** As much of a text for people as may travel. */
  static String cut(String text) {
    return text.length() <= TEXT ? text : text.substring(0, TEXT);
  }

  static void text(String name, String text) {
    if (text.isEmpty() || text.length() > TEXT) {
      throw new IllegalArgumentException(
          "%s of %d characters; it may have 1 to %d".formatted(name, text.length(), TEXT));
    }
  }
}
