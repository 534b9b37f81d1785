package dev.flotilla.cli.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;

/** Lines that a user edits in a terminal, with history. */
public final class TerminalInput implements LineInput {

  private static final String PROMPT = "> ";

  private final LineReader reader;

  /**
   * Input from a terminal.
   *
   * @param historyFile where lines are kept from one conversation to the next
   */
  public TerminalInput(Terminal terminal, Path historyFile) throws IOException {
    Path folder = historyFile.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    this.reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .variable(LineReader.HISTORY_FILE, historyFile)
            .variable(LineReader.HISTORY_SIZE, 1000)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
  }

  @Override
  public Optional<String> readLine() {
    while (true) {
      try {
        return Optional.of(reader.readLine(PROMPT));
      } catch (UserInterruptException _) {
        // Ctrl-C with no answer in progress only drops the line.
      } catch (EndOfFileException _) {
        return Optional.empty();
      }
    }
  }
}
