package dev.flotilla.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.flotilla.node.LogOptions;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets Logback up in code: everything goes to standard error, standard output is for results.
 * Logback finds it as a service and takes text at level INFO until a command says otherwise; no XML
 * is parsed, which saves a tenth of a second at every start.
 */
public final class Logging extends ContextAwareBase implements Configurator {

  /** Inherited by engine processes, as all properties of this prefix. */
  private static final String FORMAT_PROPERTY = "flotilla.log.format";

  private static final String LEVEL_PROPERTY = "flotilla.log.level";

  /** What libraries may say at most; their news matter only when something is wrong. */
  private static final Map<String, Level> LIBRARIES =
      Map.of(
          "io.netty", Level.WARN,
          "io.vertx", Level.WARN,
          "com.hazelcast", Level.WARN,
          "com.hazelcast.internal.server", Level.ERROR,
          "javax.jmdns", Level.WARN);

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    // An engine process is told by properties, and logs as its node does.
    configure(
        context,
        new LogOptions(
            LogOptions.Format.valueOf(System.getProperty(FORMAT_PROPERTY, "TEXT")),
            LogOptions.Level.valueOf(System.getProperty(LEVEL_PROPERTY, "INFO"))));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Logs as the options say from now on. */
  static void configure(LogOptions options) {
    System.setProperty(FORMAT_PROPERTY, options.format().name());
    System.setProperty(LEVEL_PROPERTY, options.level().name());
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      configure(context, options);
    }
  }

  private static void configure(LoggerContext context, LogOptions options) {
    context.reset();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget(ConsoleTarget.SystemErr.getName());
    appender.setEncoder(started(encoder(options.format()), context));
    appender.start();

    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(level(options.level()));
    root.addAppender(appender);
    if (options.level().compareTo(LogOptions.Level.INFO) <= 0) {
      LIBRARIES.forEach((name, level) -> context.getLogger(name).setLevel(atMost(level, options)));
    }
  }

  private static Level atMost(Level level, LogOptions options) {
    Level asked = level(options.level());
    return asked.isGreaterOrEqual(level) ? asked : level;
  }

  private static Encoder<ILoggingEvent> encoder(LogOptions.Format format) {
    return switch (format) {
      case TEXT -> {
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setPattern("%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg%n");
        yield text;
      }
      case JSON -> {
        JsonEncoder json = new JsonEncoder();
        json.setWithSequenceNumber(false);
        json.setWithNanoseconds(false);
        json.setWithContext(false);
        json.setWithMarkers(false);
        json.setWithArguments(false);
        json.setWithMessage(false);
        json.setWithFormattedMessage(true);
        yield json;
      }
    };
  }

  private static Encoder<ILoggingEvent> started(
      Encoder<ILoggingEvent> encoder, LoggerContext context) {
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }

  private static Level level(LogOptions.Level level) {
    return switch (level) {
      case ERROR -> Level.ERROR;
      case WARN -> Level.WARN;
      case INFO -> Level.INFO;
      case DEBUG -> Level.DEBUG;
      case TRACE -> Level.TRACE;
    };
  }
}
