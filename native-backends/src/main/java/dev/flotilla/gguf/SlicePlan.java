package dev.flotilla.gguf;

import java.util.List;
import java.util.Optional;

/**
 * A model file to be written that holds one stage: the metadata, the tensors, and where their bytes
 * come from. Says what to fetch before a byte has moved.
 *
 * @param range the layers, numbered from 0 in the slice
 * @param metadata of the slice
 * @param tensors of the slice, in the order of their data
 */
public record SlicePlan(LayerRange range, Metadata metadata, List<SliceTensor> tensors) {

  public SlicePlan {
    tensors = List.copyOf(tensors);
  }

  /**
   * A tensor of the slice.
   *
   * @param name in the slice
   * @param source the tensor in the model that has the same bytes; empty for zeros that nobody
   *     reads, or that take nothing away by being added
   */
  public record SliceTensor(
      String name, List<Long> shape, GgmlType type, Optional<SourceTensor> source) {

    public SliceTensor {
      shape = List.copyOf(shape);
    }
  }

  /**
   * Where a tensor's bytes are.
   *
   * @param file index of the model's file
   * @param name in the model
   * @param position bytes from the start of the file
   * @param bytes to copy
   */
  public record SourceTensor(int file, String name, long position, long bytes) {}

  /** The tensors whose bytes come from the model. */
  public List<SourceTensor> sources() {
    return tensors.stream().flatMap(tensor -> tensor.source().stream()).toList();
  }

  /** Bytes to copy or fetch. */
  public long sourceBytes() {
    return sources().stream().mapToLong(SourceTensor::bytes).sum();
  }
}
