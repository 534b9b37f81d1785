package dev.flotilla.node.worker;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.StageChain;
import dev.flotilla.engine.StageTrial;
import dev.flotilla.engine.llama.LlamaStage;
import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.process.EngineCommand.Prepare;
import dev.flotilla.engine.process.EngineReport.Figures;
import dev.flotilla.engine.process.EngineReport.Listening;
import dev.flotilla.engine.process.EngineReport.Loading;
import dev.flotilla.engine.process.EngineReport.Ready;
import dev.flotilla.engine.process.EngineReport.Unusable;
import dev.flotilla.engine.process.StageRole;
import dev.flotilla.engine.process.StageRole.LinkTerms;
import dev.flotilla.engine.process.StageRole.StagePeer;
import dev.flotilla.sharding.chain.StageHost;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine process. It speaks frames on its standard input and output, logs to standard error,
 * and ends when its node does: the end of its input is the node's death, however it died.
 */
public final class EngineMain {
  private static final Logger log = LoggerFactory.getLogger(EngineMain.class);

  private EngineMain() {}

  /**
   * Runs until the node says stop or is gone. Takes no arguments: what it needs arrives as
   * commands.
   */
  public static void main(String[] args) {
    run(EngineMain::load);
  }

  /** The same with stages that need no native library; does not return. */
  public static void run(Function<Load, Stage> loader) {
    run((load, _, _) -> loader.apply(load));
  }

  /** Loads what the process computes with. */
  @FunctionalInterface
  private interface Loader {
    Stage load(Load load, Preparation preparation, EngineChannel channel);
  }

  private static void run(Loader loader) {
    EngineChannel channel =
        new EngineChannel(
            new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
    // Frames own standard output; whatever else is printed must not get between them.
    System.setOut(System.err);
    surviveSignals();
    Thread.setDefaultUncaughtExceptionHandler(EngineMain::crash);
    try {
      serve(loader, channel);
    } catch (EOFException | UncheckedIOException e) {
      log.debug("the node is gone", e);
    } catch (IOException e) {
      log.error("the node sent nonsense", e);
    }
    // Not exit: native threads may be in the middle of a long step, and nothing here needs a
    // farewell.
    Runtime.getRuntime().halt(0);
  }

  /**
   * Ctrl-C in a terminal interrupts the whole process group, but answers in progress may still end:
   * the node decides when this process does. A hook that never ends keeps an interrupted JVM going
   * until it is halted.
   */
  private static void surviveSignals() {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(EngineMain::waitForHalt, "engine-outlives-signals"));
  }

  private static void waitForHalt() {
    while (true) {
      LockSupport.park();
    }
  }

  /** A process without its compute thread is worse than none: the node starts another. */
  private static void crash(Thread thread, Throwable thrown) {
    log.error("thread {} of the engine has failed", thread.getName(), thrown);
    Runtime.getRuntime().halt(1);
  }

  private static void serve(Loader loader, EngineChannel channel) throws IOException {
    EngineCommand begin = channel.readCommand();
    Preparation preparation = Preparation.none(channel);
    if (begin instanceof Prepare prepare) {
      preparation = Preparation.of(prepare, channel);
      begin = channel.readCommand();
    }
    switch (begin) {
      case Load load -> serve(loader, load, preparation, channel);
      case EngineCommand.Stop() -> log.debug("nobody needed this process");
      default -> throw new IOException("the first command must be Load, not " + begin);
    }
  }

  private static void serve(
      Loader loader, Load load, Preparation preparation, EngineChannel channel) throws IOException {
    Stage stage;
    try {
      stage = loader.load(load, preparation, channel);
    } catch (EngineException e) {
      channel.write(new Unusable(e));
      return;
    }
    try {
      switch (load.role()) {
        case StageRole.Whole() -> serve(new LocalChain(stage), _ -> false, load, channel);
        case StageRole.First(LinkTerms terms) -> drive(stage, load, new Links(terms), channel);
        case StageRole.Later later -> host(stage, load, later, channel);
        case StageRole.Trial() -> channel.write(new Figures(StageTrial.of(stage)));
      }
    } catch (EngineException e) {
      channel.write(new Unusable(e));
    }
  }

  private static void serve(
      StageChain chain, Predicate<EngineCommand> followed, Load load, EngineChannel channel)
      throws IOException {
    try (StageServer server = new StageServer(chain, load.options(), channel)) {
      server.announce();
      EngineCommand command = channel.readCommand();
      while (!(command instanceof EngineCommand.Stop)) {
        if (!followed.test(command)) {
          server.handle(command);
        }
        command = channel.readCommand();
      }
    }
  }

  private static void drive(Stage stage, Load load, Links links, EngineChannel channel)
      throws IOException {
    Optional<List<StagePeer>> onward = onward(links, channel);
    if (onward.isPresent()) {
      RelayedStages stages = new RelayedStages(channel);
      serve(
          links.chain(stage, load.options(), stages, onward.get()),
          command -> stages.answered(command) || links.followed(command),
          load,
          channel);
    }
  }

  /** Waits to hear where the other stages are; empty if the process is to stop instead. */
  private static Optional<List<StagePeer>> onward(Links links, EngineChannel channel)
      throws IOException {
    EngineCommand command = channel.readCommand();
    while (links.followed(command)) {
      command = channel.readCommand();
    }
    return switch (command) {
      case EngineCommand.Relink(List<StagePeer> onward) -> Optional.of(onward);
      case EngineCommand.NoStage(EngineException reason) -> throw reason;
      case EngineCommand.Stop() -> Optional.empty();
      default -> throw new IOException("no command for a stage that waits for others: " + command);
    };
  }

  private static void host(Stage stage, Load load, StageRole.Later later, EngineChannel channel)
      throws IOException {
    Links links = new Links(later.terms());
    try (StageHost host = links.host(stage, load.options(), later);
        Pulse pulse = new Pulse(channel, host::figures)) {
      channel.write(new Ready(stage.facts()));
      channel.write(new Listening(host.port()));
      pulse.start();
      EngineCommand command = channel.readCommand();
      while (!(command instanceof EngineCommand.Stop)) {
        if (command instanceof EngineCommand.Probe) {
          pulse.beat();
        } else if (!links.followed(command)) {
          throw new IOException("no command for a later stage: " + command);
        }
        command = channel.readCommand();
      }
    }
  }

  private static Stage load(Load load, Preparation preparation, EngineChannel channel) {
    return LlamaStage.load(
        preparation.library(load),
        load.options(),
        progress -> {
          try {
            channel.write(new Loading((float) progress));
          } catch (IOException e) {
            throw new EngineException(EngineFailure.ENGINE_LOST, "the node is gone: " + e);
          }
        });
  }
}
