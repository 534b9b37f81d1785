package dev.flotilla.node.worker;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.LocalChain;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.llama.LlamaLibrary;
import dev.flotilla.engine.llama.LlamaStage;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.engine.process.EngineChannel;
import dev.flotilla.engine.process.EngineCommand;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.process.EngineReport.Loading;
import dev.flotilla.engine.process.EngineReport.Unusable;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
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
   * Runs until the node says stop or is gone. Takes no arguments: what it needs arrives as the
   * first command.
   */
  public static void main(String[] args) {
    EngineChannel channel =
        new EngineChannel(
            new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
    // Frames own standard output; whatever else is printed must not get between them.
    System.setOut(System.err);
    surviveSignals();
    try {
      serve(channel);
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

  private static void serve(EngineChannel channel) throws IOException {
    if (!(channel.readCommand() instanceof Load load)) {
      throw new IOException("the first command must be Load");
    }
    Stage stage;
    try {
      stage = load(load, channel);
    } catch (EngineException e) {
      channel.write(new Unusable(e));
      return;
    }
    try (StageServer server = new StageServer(new LocalChain(stage), load.options(), channel)) {
      server.announce();
      EngineCommand command = channel.readCommand();
      while (!(command instanceof EngineCommand.Stop)) {
        server.handle(command);
        command = channel.readCommand();
      }
    }
  }

  private static Stage load(Load load, EngineChannel channel) {
    LlamaLibrary library =
        LlamaLibrary.load(
            NativeLibraries.of(load.options().backend()), Path.of(load.cacheFolder()));
    return LlamaStage.load(
        library,
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
