package dev.flotilla.cli.chat;

import java.io.IOException;
import java.util.Optional;

/** Where the user's lines come from. */
@FunctionalInterface
public interface LineInput {

  /** The next line; empty at the end of input. */
  Optional<String> readLine() throws IOException;
}
