package dev.flotilla.sharding.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/** What this node itself has, as a source: for the owner of a model that takes a stage of it. */
public final class LocalRangeSource implements RangeSource {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final String THIS_NODE = "this node";

  private final TensorHolder holder;

  public LocalRangeSource(TensorHolder holder) {
    this.holder = holder;
  }

  @Override
  public String nodeId() {
    return THIS_NODE;
  }

  @Override
  public byte[] manifest(String contentId) throws IOException {
    return holder.manifest(contentId).orElseThrow(() -> missing("manifest"));
  }

  @Override
  public byte[] header(String contentId, int file, int bytes) throws IOException {
    FileRange range = holder.header(contentId, file).orElseThrow(() -> missing("header"));
    if (range.bytes() != bytes) {
      throw missing("header");
    }
    ByteBuffer header = ByteBuffer.allocate(bytes);
    copy(range, header::put);
    return header.array();
  }

  @Override
  public BitSet tensors(String contentId) throws IOException {
    return holder.tensors(contentId);
  }

  @Override
  public void read(String contentId, int tensor, long from, long to, Sink sink) throws IOException {
    FileRange range = holder.tensor(contentId, tensor).orElseThrow(() -> missing("tensor"));
    copy(new FileRange(range.file(), range.position() + from, to - from), sink);
  }

  private static void copy(FileRange range, Sink sink) throws IOException {
    try (FileChannel in = FileChannel.open(range.file(), StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, range.bytes()));
      for (long done = 0; done < range.bytes(); ) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), range.bytes() - done));
        int read = in.read(buffer, range.position() + done);
        if (read < 0) {
          throw new EOFException(range.file() + " has become shorter");
        }
        done += read;
        sink.accept(buffer.flip());
      }
    }
  }

  private static StoreException missing(String what) {
    return new StoreException(StoreFailure.PEER_FAILED, "this node has no such " + what);
  }
}
