package dev.flotilla.sharding.store;

import dev.flotilla.gguf.TensorDigests;
import dev.flotilla.sharding.store.ModelManifest.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Set;

/**
 * One tensor on its way into a slice. Bytes come front to back, perhaps from several nodes one
 * after another; who sent wrong ones is known if it was alone. Used by one thread at a time.
 */
final class TensorWriter {
  private final FileChannel out;
  private final int index;
  private final Tensor tensor;
  private final long position;
  private final Set<String> contributors = new HashSet<>();
  private MessageDigest digest = Sha256.digest();
  private long written;
  private boolean mustBeOneNodes;

  TensorWriter(FileChannel out, int index, Tensor tensor, long position) {
    this.out = out;
    this.index = index;
    this.tensor = tensor;
    this.position = position;
  }

  int index() {
    return index;
  }

  Tensor tensor() {
    return tensor;
  }

  /** Bytes that are there, verified or not. */
  long written() {
    return written;
  }

  /** Whether the file already has the right bytes. Reads all of them. */
  boolean isAlreadyThere() throws IOException {
    return out.size() >= position + tensor.bytes()
        && TensorDigests.of(out, position, tensor.bytes()).equals(tensor.sha256());
  }

  /**
   * Fetches what is missing of the tensor.
   *
   * @throws StoreException with {@link StoreFailure#WRONG_CONTENT} if this node sent wrong bytes;
   *     with {@link StoreFailure#PEER_FAILED} if it did not send all, or they are wrong and not all
   *     its own: to be fetched again from anybody
   */
  void fetch(RangeSource source, String contentId) throws IOException {
    if (mustBeOneNodes) {
      reset();
    }
    contributors.add(source.nodeId());
    if (written < tensor.bytes()) {
      source.read(contentId, index, written, tensor.bytes(), this::append);
    }
    if (written < tensor.bytes()) {
      throw new StoreException(
          StoreFailure.PEER_FAILED, "tensor '%s' ended early".formatted(tensor.name()));
    }
    if (!Sha256.hex(digest.digest()).equals(tensor.sha256())) {
      boolean isAlone = contributors.size() == 1;
      reset();
      mustBeOneNodes = true;
      throw new StoreException(
          isAlone ? StoreFailure.WRONG_CONTENT : StoreFailure.PEER_FAILED,
          "tensor '%s' has the wrong content".formatted(tensor.name()));
    }
  }

  private void append(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() > tensor.bytes() - written) {
      throw new StoreException(
          StoreFailure.WRONG_CONTENT, "tensor '%s' has more bytes".formatted(tensor.name()));
    }
    digest.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      try {
        written += out.write(bytes, position + written);
      } catch (IOException problem) {
        throw new StoreException(
            isFull(problem) ? StoreFailure.DISK_FULL : StoreFailure.STORAGE,
            "a slice can't be written: " + problem.getMessage(),
            problem);
      }
    }
  }

  /** Java has no type for it; these are the texts of Linux, macOS and Windows. */
  private static boolean isFull(IOException problem) {
    String message = String.valueOf(problem.getMessage());
    return message.contains("No space left")
        || message.contains("not enough space")
        || message.contains("Disk quota exceeded");
  }

  private void reset() {
    written = 0;
    digest = Sha256.digest();
    contributors.clear();
  }
}
