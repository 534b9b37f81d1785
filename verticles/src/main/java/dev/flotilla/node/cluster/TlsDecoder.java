package dev.flotilla.node.cluster;

import static com.hazelcast.internal.networking.HandlerStatus.BLOCKED;
import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;
import static com.hazelcast.internal.networking.HandlerStatus.DIRTY;

import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.InboundHandler;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;

/**
 * Decrypts what arrives. The next handler's buffer may be tiny (3 bytes at first), so a decrypted
 * record is kept here and handed over in parts.
 */
final class TlsDecoder extends InboundHandler<ByteBuffer, ByteBuffer> {
  private static final int BUFFERED_RECORDS = 4;

  /** Type of the first record of every connection, RFC 8446 section 5.1. */
  private static final byte HANDSHAKE_RECORD = 22;

  private final TlsSession session;
  private final SSLEngine engine;
  private final ByteBuffer plain;
  private boolean begun;

  TlsDecoder(TlsSession session) {
    this.session = session;
    this.engine = session.engine();
    this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).limit(0);
  }

  @Override
  public void handlerAdded() {
    initSrcBuffer(BUFFERED_RECORDS * engine.getSession().getPacketBufferSize());
  }

  @Override
  public HandlerStatus onRead() {
    src.flip();
    try {
      if (!begun && src.hasRemaining()) {
        begin(src.get(src.position()));
      }
      return decrypt();
    } catch (SSLException e) {
      src.position(src.limit());
      session.fail(reason(e));
      return BLOCKED;
    } finally {
      src.compact();
    }
  }

  /** Who does not begin with a handshake is refused at once, however little it sends. */
  private void begin(byte first) throws SSLException {
    begun = true;
    if (!engine.getUseClientMode() && first != HANDSHAKE_RECORD) {
      throw new SSLException("this is no TLS handshake");
    }
  }

  private HandlerStatus decrypt() throws SSLException {
    while (!session.failed()) {
      if (!handOver()) {
        return DIRTY;
      }
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          session.runTasks();
          return BLOCKED;
        }
        case NEED_WRAP -> {
          session.wakeOutbound();
          // Once established, reading goes on: the peer may need its data read to take ours.
          if (!session.established()) {
            return BLOCKED;
          }
          if (!unwrap()) {
            return CLEAN;
          }
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING, FINISHED -> {
          if (!unwrap()) {
            return plain.hasRemaining() ? DIRTY : CLEAN;
          }
        }
      }
    }
    return BLOCKED;
  }

  /** Whether all that was decrypted is handed over. */
  private boolean handOver() {
    if (plain.hasRemaining()) {
      int part = Math.min(plain.remaining(), dst.remaining());
      dst.put(dst.position(), plain, plain.position(), part);
      dst.position(dst.position() + part);
      plain.position(plain.position() + part);
    }
    return !plain.hasRemaining();
  }

  /** Decrypts one record; whether there was a whole one. */
  private boolean unwrap() throws SSLException {
    plain.clear();
    SSLEngineResult result;
    try {
      result = engine.unwrap(src, plain);
    } finally {
      plain.flip();
    }
    session.establishedNow();
    return switch (result.getStatus()) {
      case OK -> {
        if (plain.hasRemaining()) {
          session.heardPeer();
        }
        yield true;
      }
      case BUFFER_UNDERFLOW -> false;
      case BUFFER_OVERFLOW -> throw new SSLException("a record larger than TLS allows");
      case CLOSED -> {
        session.fail("the peer closed the connection");
        yield false;
      }
    };
  }

  static String reason(SSLException e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
