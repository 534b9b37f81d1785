package dev.flotilla.sharding.store;

import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;

/** What this node has of models and may give to others. Methods block for the disk. */
public interface TensorHolder {

  /** The manifest of a model that it knows, as it is encoded. */
  Optional<byte[]> manifest(String contentId) throws IOException;

  /** Where the bytes before the tensors of a model's file are. */
  Optional<FileRange> header(String contentId, int file) throws IOException;

  /** Which tensors of a model are here, by index. */
  BitSet tensors(String contentId) throws IOException;

  /** Where a tensor's verified data is. */
  Optional<FileRange> tensor(String contentId, int tensor) throws IOException;
}
