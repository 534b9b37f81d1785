package dev.flotilla.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A slice without its weights, small enough to be passed around: what is computed with it is
 * nonsense, and takes as long as with the weights.
 *
 * @param header of the slice's file
 * @param fileBytes size of that file, which is one hole but for the header
 */
public record HollowSlice(byte[] header, long fileBytes) {

  public HollowSlice {
    if (header.length == 0 || fileBytes < header.length) {
      throw new IllegalArgumentException(
          "a header of %d bytes in a file of %d".formatted(header.length, fileBytes));
    }
  }

  /** A slice as it is planned, hollow. */
  public static HollowSlice of(SlicePlan plan) throws GgufException {
    List<GgufWriter.Tensor> tensors =
        plan.tensors().stream()
            .map(tensor ->
                new GgufWriter.Tensor(
                    tensor.name(), tensor.shape(), tensor.type(), TensorSource.hole()))
            .toList();
    byte[] header = GgufWriter.header(plan.metadata(), tensors);
    int alignment = GgufReader.alignment(plan.metadata());
    long end = GgufReader.align(header.length, alignment);
    for (GgufWriter.Tensor tensor : tensors) {
      end = GgufReader.align(end + tensor.bytes(), alignment);
    }
    return new HollowSlice(header, end);
  }

  /**
   * Writes it as a sparse file, replacing one that is there.
   *
   * @throws GgufException if it is no complete model, or one that llama.cpp would not survive
   */
  public void write(Path path) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      GgufWriter.writeFully(out, ByteBuffer.wrap(header), 0);
      if (fileBytes > header.length) {
        GgufWriter.writeFully(out, ByteBuffer.allocate(1), fileBytes - 1);
      }
    }
    ModelCheck.check(GgufModel.read(path));
  }
}
