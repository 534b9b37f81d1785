package dev.flotilla.node;

import dev.flotilla.engine.EngineOptions;
import java.nio.file.Path;

/**
 * Model files that the swarm may have a node drive pipelines of.
 *
 * @param folder where they are; need not exist
 * @param engine how its engine processes run them; its model is not one
 */
public record LibraryOptions(Path folder, EngineOptions engine) {}
