/**
 * Stage slices on disk: what a model consists of ({@link
 * dev.flotilla.sharding.store.ModelManifest}), where its tensors are fetched from, the cache that
 * they are kept in, and how they are served to others.
 *
 * <p>May use: {@code gguf}, Vert.x core.
 */
@NullMarked
package dev.flotilla.sharding.store;

import org.jspecify.annotations.NullMarked;
