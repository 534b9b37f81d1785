package dev.flotilla.node.shard;

import dev.flotilla.engine.EngineOptions.Backend;
import java.io.IOException;

/** Where engine processes come from. */
public sealed interface EngineSource permits EngineLauncher, EngineSupply {

  /**
   * A process that has not been told of a stage. Blocks while the system forks.
   *
   * @param backend of the native libraries that the stage will want
   * @param listener hears from it
   */
  EngineProcess start(Backend backend, EngineProcess.Listener listener) throws IOException;
}
