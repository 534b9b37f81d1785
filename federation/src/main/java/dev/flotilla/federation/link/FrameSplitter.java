package dev.flotilla.federation.link;

import dev.flotilla.engine.process.Frames;
import dev.flotilla.engine.wire.ProtocolException;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Cuts a stream of bytes into the bodies of frames. Confined to one thread. */
final class FrameSplitter {
  private final int maxBodyBytes;
  private Buffer rest = Buffer.buffer();

  /** A splitter that refuses bodies of more than {@code maxBodyBytes}. */
  FrameSplitter(int maxBodyBytes) {
    this.maxBodyBytes = maxBodyBytes;
  }

  /**
   * Adds bytes, and returns the bodies that are whole now.
   *
   * @throws ProtocolException if a length is out of bounds
   */
  List<byte[]> add(Buffer bytes) throws ProtocolException {
    Buffer all = rest.length() == 0 ? bytes : rest.appendBuffer(bytes);
    List<byte[]> bodies = new ArrayList<>(2);
    int at = 0;
    while (all.length() - at >= Frames.HEADER_BYTES) {
      int length = all.getInt(at);
      if (length < 1 || length > maxBodyBytes) {
        throw new ProtocolException("frame of " + length + " bytes");
      }
      int end = at + Frames.HEADER_BYTES + length;
      if (end > all.length()) {
        break;
      }
      bodies.add(all.getBytes(at + Frames.HEADER_BYTES, end));
      at = end;
    }
    // Copied, so that the bytes of frames that are done can go.
    rest = Buffer.buffer(all.getBytes(at, all.length()));
    return bodies;
  }

  /** Whether the stream may end here. */
  boolean atBoundary() {
    return rest.length() == 0;
  }
}
