package dev.flotilla.gguf;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The header of one GGUF file. Every tensor lies within the file, aligned, in order and without
 * overlap. Immutable and independent of the file once read.
 *
 * @param path where it was read from
 * @param version 2 or 3
 * @param fileBytes the file's size when it was read
 * @param alignment bytes to which each tensor's data is aligned
 * @param dataOffset bytes from the start of the file to the data section
 * @param metadata keys and values
 * @param tensors by name, in the order of their data
 */
public record GgufFile(
    Path path,
    int version,
    long fileBytes,
    int alignment,
    long dataOffset,
    Metadata metadata,
    SequencedMap<String, TensorInfo> tensors) {

  public GgufFile {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  public Optional<TensorInfo> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** Where a tensor's data begins, in bytes from the start of the file. */
  public long position(TensorInfo tensor) {
    return dataOffset + tensor.offset();
  }
}
