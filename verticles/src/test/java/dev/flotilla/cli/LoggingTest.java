package dev.flotilla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.LogOptions;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {

  @AfterEach
  void restore() {
    Logging.configure(new LogOptions(LogOptions.Format.TEXT, LogOptions.Level.INFO));
  }

  @Test
  void textIsOneReadableLine() {
    assertThat(logged(LogOptions.Format.TEXT, LogOptions.Level.INFO))
        .matches("[0-9:.]{12} INFO  LoggingTest: a model is ready\\R");
  }

  @Test
  void jsonIsOneObjectALine() {
    JsonObject line = new JsonObject(logged(LogOptions.Format.JSON, LogOptions.Level.INFO));

    assertThat(line.getString("level")).isEqualTo("INFO");
    assertThat(line.getString("formattedMessage")).isEqualTo("a model is ready");
    assertThat(line.getString("loggerName")).isEqualTo(LoggingTest.class.getName());
  }

  @Test
  void levelsBoundWhatIsSaidAndLibrariesSayLess() {
    assertThat(logged(LogOptions.Format.TEXT, LogOptions.Level.WARN)).isEmpty();
    assertThat(LoggerFactory.getLogger("io.netty.channel").isInfoEnabled()).isFalse();

    Logging.configure(new LogOptions(LogOptions.Format.TEXT, LogOptions.Level.INFO));
    assertThat(LoggerFactory.getLogger("io.netty.channel").isInfoEnabled()).isFalse();
    assertThat(LoggerFactory.getLogger("io.netty.channel").isWarnEnabled()).isTrue();

    Logging.configure(new LogOptions(LogOptions.Format.TEXT, LogOptions.Level.DEBUG));
    assertThat(LoggerFactory.getLogger("io.netty.channel").isDebugEnabled()).isTrue();
  }

  /** What one message at level INFO writes to standard error. */
  private static String logged(LogOptions.Format format, LogOptions.Level level) {
    PrintStream before = System.err;
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      Logging.configure(new LogOptions(format, level));
      LoggerFactory.getLogger(LoggingTest.class).info("a {} is ready", "model");
    } finally {
      System.setErr(before);
    }
    return written.toString(StandardCharsets.UTF_8);
  }
}
