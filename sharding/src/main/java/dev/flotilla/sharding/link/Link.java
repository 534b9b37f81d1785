package dev.flotilla.sharding.link;

import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.sharding.link.LinkTransport.Connection;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection between two stages. Each end sends a sign of life whenever it has nothing else to
 * say, and closes the link when it has heard nothing for too long.
 *
 * <p>Frames are read by a thread of the link and handed to its {@link Listener}; while that blocks,
 * nothing is read, and TCP stops the sender. Any thread may send; it blocks while the other end
 * does not read.
 */
public final class Link implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(Link.class);

  /** Both ends begin with it, so that strangers and other versions are known before any frame. */
  private static final byte[] PREAMBLE = "FLTLINK2".getBytes(StandardCharsets.US_ASCII);

  /** How long the other end may take to say the preamble, and its first frame. */
  private static final int HANDSHAKE_MILLIS = 1_500;

  /** How often a sign of life is sent where other frames would do. */
  private static final long LONGEST_BEAT_NANOS = 500_000_000;

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int KEPT_FRAME_BYTES = 32 << 20;

  private final String name;
  private final Socket tcp;
  private final WatchedInput watched;
  private final DataInputStream in;
  private final OutputStream out;

  /** Held while {@link #frames} is filled and sent: signs of life go out beside a long encoding. */
  private final ReentrantLock framing = new ReentrantLock();

  private final ReentrantLock sending = new ReentrantLock();
  private final FrameWriter frames = new FrameWriter(KEPT_FRAME_BYTES);

  /** Null while the link is open; the first reason stays. */
  private final AtomicReference<@Nullable String> endReason = new AtomicReference<>();

  /** Guarded by itself. */
  private final RoundTrip roundTrip = new RoundTrip();

  private volatile long sentNanos;
  private volatile long roundTripNanos;
  private volatile LinkLimits limits = LinkLimits.BEFORE_HELLO;

  /** Hears from a link, on its reading thread. */
  public interface Listener {
    /** The other end sent a frame; blocking here stops it from sending more. */
    void received(LinkFrame frame) throws IOException;

    /** The link is closed; the last that is heard of it. */
    void ended(String reason);
  }

  private Link(String name, Connection connection) throws IOException {
    this.name = name;
    this.tcp = connection.tcp();
    Socket socket = connection.socket();
    this.watched = new WatchedInput(socket.getInputStream(), System::nanoTime);
    this.in = new DataInputStream(new BufferedInputStream(watched, BUFFER_BYTES));
    this.out = socket.getOutputStream();
  }

  /**
   * A link over a new connection, which it owns from now on.
   *
   * @param name for threads and the log
   */
  static Link over(Connection connection, String name) throws IOException {
    try {
      connection.tcp().setSoTimeout(HANDSHAKE_MILLIS);
      Link link = new Link(name, connection);
      link.out.write(PREAMBLE);
      byte[] theirs = link.in.readNBytes(PREAMBLE.length);
      if (!Arrays.equals(theirs, PREAMBLE)) {
        throw new ProtocolException("the other end of link " + name + " speaks another protocol");
      }
      return link;
    } catch (IOException e) {
      connection.tcp().close();
      throw e;
    }
  }

  /** Sets up a link over an accepted connection. Blocks for a few seconds at most. */
  public static Link accept(LinkTransport transport, Socket tcp, String name) throws IOException {
    return over(transport.accepted(tcp), name);
  }

  /** Connects and sets up a link. Blocks for a few seconds at most. */
  public static Link connect(LinkTransport transport, StageAddress address, String name)
      throws IOException {
    return over(transport.connect(address), name);
  }

  /** Sets what is taken from the other end from now on. */
  public void agree(LinkLimits agreed) {
    limits = agreed;
  }

  /**
   * Sets how long {@link #read} waits while the link is being set up.
   *
   * @param stages that the other end waits for itself
   */
  public void expectStages(int stages) throws IOException {
    tcp.setSoTimeout(HANDSHAKE_MILLIS * (1 + stages));
  }

  /** Reads one frame while the link is being set up, before {@link #start}. */
  public LinkFrame read() throws IOException {
    LinkLimits now = limits;
    return LinkCodec.read(FrameReader.next(in, now.frameBytes()), now);
  }

  /** Starts reading, and watching the other end. */
  public void start(Listener listener) throws IOException {
    tcp.setSoTimeout((int) (LossDetector.BEAT_NANOS / 1_000_000));
    watched.watch();
    Thread.ofPlatform().name("link-" + name).daemon().start(() -> receive(listener));
    Thread.ofPlatform().name("link-beat-" + name).daemon().start(this::beat);
  }

  private void receive(Listener listener) {
    try {
      while (true) {
        LinkFrame frame = read();
        if (frame instanceof LinkFrame.Heartbeat beat) {
          hear(beat);
        } else {
          listener.received(frame);
        }
      }
    } catch (IOException e) {
      end(e.toString());
    } catch (RuntimeException e) {
      log.error("link {} is closed: its frames can't be handled", name, e);
      end(e.toString());
    }
    listener.ended(Objects.requireNonNull(endReason.get()));
  }

  private void hear(LinkFrame.Heartbeat beat) {
    synchronized (roundTrip) {
      roundTrip.heard(beat, System.nanoTime());
      roundTripNanos = roundTrip.nanos();
    }
  }

  /** How long a frame takes there and an answer back, of late; 0 before it is known. */
  public long roundTripNanos() {
    return roundTripNanos;
  }

  /** Sends signs of life. Whether the other end is lost is seen elsewhere: this may block. */
  private void beat() {
    FrameWriter beats = new FrameWriter();
    long beatNanos = System.nanoTime();
    try {
      while (endReason.get() == null) {
        Thread.sleep(LossDetector.BEAT_NANOS / 1_000_000);
        long nowNanos = System.nanoTime();
        boolean due =
            nowNanos - sentNanos >= LossDetector.BEAT_NANOS / 2
                || nowNanos - beatNanos >= LONGEST_BEAT_NANOS;
        // Who is in the middle of sending needs no sign of life.
        if (due && writeUnlessBusy(nextBeat(), beats)) {
          beatNanos = nowNanos;
        }
      }
    } catch (IOException e) {
      end(e.toString());
    } catch (InterruptedException e) {
      end("interrupted");
    }
  }

  private LinkFrame.Heartbeat nextBeat() {
    synchronized (roundTrip) {
      return roundTrip.beat(System.nanoTime());
    }
  }

  /**
   * Sends a frame. Blocks while the other end does not read.
   *
   * @throws IOException if the link is closed
   */
  public void send(LinkFrame frame) throws IOException {
    framing.lock();
    try {
      write(frame, frames);
    } catch (IOException e) {
      end(e.toString());
      throw e;
    } finally {
      framing.unlock();
    }
  }

  /**
   * Writes a frame, unless another is being written.
   *
   * @return whether it did
   */
  private boolean writeUnlessBusy(LinkFrame frame, FrameWriter writer) throws IOException {
    if (!sending.tryLock()) {
      return false;
    }
    try {
      write(frame, writer);
      return true;
    } finally {
      sending.unlock();
    }
  }

  private void write(LinkFrame frame, FrameWriter writer) throws IOException {
    LinkLimits now = limits;
    LinkCodec.write(frame, writer, now.activations(), now.width());
    sending.lock();
    try {
      writer.writeTo(out);
      sentNanos = System.nanoTime();
    } finally {
      sending.unlock();
    }
  }

  private void end(String reason) {
    if (endReason.compareAndSet(null, reason)) {
      log.debug("link {} ends: {}", name, reason);
      try {
        tcp.close();
      } catch (IOException e) {
        log.trace("link {} was closed already", name, e);
      }
    }
  }

  /** Closes the link; its listener is told. */
  @Override
  public void close() {
    end("closed on this side");
  }

  /** Sends why, as far as the other end still reads, and closes the link. */
  public void close(LinkFrame.Goodbye why) {
    // Whoever is blocked in sending would keep this from ever being said.
    try {
      writeUnlessBusy(why, new FrameWriter());
    } catch (IOException e) {
      log.trace("link {} takes no goodbye", name, e);
    }
    end("closed on this side: " + why.reason().getMessage());
  }
}
