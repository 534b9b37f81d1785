package dev.flotilla.engine.process;

import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * One end of the pipe pair between a node and its engine process. Reading belongs to one thread;
 * writing may be done by several.
 */
public final class EngineChannel {
  private static final int READ_BUFFER_BYTES = 1 << 16;

  private final DataInputStream in;
  private final OutputStream out;
  private final FrameWriter frames = new FrameWriter();

  /**
   * A channel over two streams, which stay the caller's to close.
   *
   * @param in what the other end writes
   * @param out what it reads; unbuffered, since frames are written whole
   */
  public EngineChannel(InputStream in, OutputStream out) {
    this.in = new DataInputStream(new BufferedInputStream(in, READ_BUFFER_BYTES));
    this.out = out;
  }

  /**
   * The next command, in the engine process. Blocks; {@link java.io.EOFException} when the node is
   * gone.
   */
  public EngineCommand readCommand() throws IOException {
    return CommandCodec.read(FrameReader.next(in));
  }

  /**
   * The next report, in the node. Blocks; {@link java.io.EOFException} when the engine process is
   * gone.
   */
  public EngineReport readReport() throws IOException {
    return ReportCodec.read(FrameReader.next(in));
  }

  /** Sends a command, and all that was added before. Blocks while the pipe is full. */
  public synchronized void write(EngineCommand command) throws IOException {
    CommandCodec.write(command, frames);
    frames.writeTo(out);
  }

  /** Sends a report, and all that was added before. Blocks while the pipe is full. */
  public synchronized void write(EngineReport report) throws IOException {
    add(report);
    frames.writeTo(out);
  }

  /** Keeps a report for the next {@link #flush}. */
  public synchronized void add(EngineReport report) {
    ReportCodec.write(report, frames);
  }

  /** Sends what was added. Blocks while the pipe is full. */
  public synchronized void flush() throws IOException {
    if (!frames.isEmpty()) {
      frames.writeTo(out);
    }
  }
}
