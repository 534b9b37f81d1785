package dev.flotilla.sharding.store;

import java.nio.file.Path;

/**
 * A part of a file.
 *
 * @param position of its first byte
 * @param bytes how many
 */
public record FileRange(Path file, long position, long bytes) {}
