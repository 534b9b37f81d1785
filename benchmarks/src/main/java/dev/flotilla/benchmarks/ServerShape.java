package dev.flotilla.benchmarks;

import java.nio.file.Path;

/**
 * How a server is started, whichever it is.
 *
 * @param model the GGUF file
 * @param threads compute threads, for prompts and for generation
 * @param contextTokens context of every slot
 * @param slots answers that are generated at once
 */
record ServerShape(Path model, int threads, int contextTokens, int slots) {}
