package dev.flotilla.benchmarks;

import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.Stage;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.simulated.SimulatedSpeed;
import dev.flotilla.engine.simulated.SimulatedStage;
import dev.flotilla.node.worker.EngineMain;

/**
 * An engine process that computes nothing and takes no time for it: what remains is the cost of
 * everything around the engine.
 */
final class SimulatedEngine {
  private static final int DEFAULT_CONTEXT = 4_096;

  private SimulatedEngine() {}

  /** Runs until the node says stop or is gone. */
  public static void main(String[] arguments) {
    EngineMain.run(SimulatedEngine::stage);
  }

  private static Stage stage(Load load) {
    EngineOptions options = load.options();
    int context = options.contextTokens() == 0 ? DEFAULT_CONTEXT : options.contextTokens();
    return new SimulatedStage(options.slots(), context, SimulatedSpeed.INSTANT);
  }
}
