/**
 * libllama through the Foreign Function & Memory API: the only user of {@code Linker}, and loaded
 * in engine processes only, since llama.cpp aborts its process on a failed assertion.
 *
 * <p>From the outside in: {@link dev.flotilla.engine.llama.NativeLibraries} unpacks and verifies
 * the pinned libraries, {@link dev.flotilla.engine.llama.LlamaLibrary} binds their functions,
 * {@link dev.flotilla.engine.llama.LlamaStage} is the engine. May use: {@code engine}.
 */
@NullMarked
package dev.flotilla.engine.llama;

import org.jspecify.annotations.NullMarked;
