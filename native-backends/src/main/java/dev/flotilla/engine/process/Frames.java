package dev.flotilla.engine.process;

import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Commands and reports as bytes, for ways between machines rather than a pipe. The bytes are those
 * of an {@link EngineChannel}: a 4-byte length, big-endian, and a body.
 */
public final class Frames {
  /** Bytes of the length before a body. */
  public static final int HEADER_BYTES = 4;

  /** The longest body. */
  public static final int MAX_BODY_BYTES = FrameWriter.MAX_FRAME_BYTES;

  private Frames() {}

  /** A command with its length. */
  public static byte[] of(EngineCommand command) {
    FrameWriter out = new FrameWriter();
    CommandCodec.write(command, out);
    return bytes(out);
  }

  /** A report with its length. */
  public static byte[] of(EngineReport report) {
    FrameWriter out = new FrameWriter();
    ReportCodec.write(report, out);
    return bytes(out);
  }

  private static byte[] bytes(FrameWriter frame) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      frame.writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * The command in a body.
   *
   * @throws ProtocolException if there is none
   */
  public static EngineCommand command(byte[] body) throws ProtocolException {
    return CommandCodec.read(FrameReader.of(body));
  }

  /**
   * The report in a body.
   *
   * @throws ProtocolException if there is none
   */
  public static EngineReport report(byte[] body) throws ProtocolException {
    return ReportCodec.read(FrameReader.of(body));
  }
}
