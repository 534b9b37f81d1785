package dev.flotilla.node.cluster;

import static com.hazelcast.internal.networking.HandlerStatus.BLOCKED;
import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;
import static com.hazelcast.internal.networking.HandlerStatus.DIRTY;

import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.OutboundHandler;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;

/** Encrypts what is sent; before the handshake is done it sends nothing of Hazelcast's. */
final class TlsEncoder extends OutboundHandler<ByteBuffer, ByteBuffer> {
  private static final int BUFFERED_RECORDS = 4;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final TlsSession session;
  private final SSLEngine engine;
  private boolean alertWritten;

  TlsEncoder(TlsSession session) {
    this.session = session;
    this.engine = session.engine();
  }

  @Override
  public void handlerAdded() {
    initDstBuffer(BUFFERED_RECORDS * engine.getSession().getPacketBufferSize());
  }

  @Override
  public HandlerStatus onWrite() {
    dst.compact();
    try {
      return session.failed() ? sayGoodbye() : encrypt();
    } catch (SSLException e) {
      session.fail(TlsDecoder.reason(e));
      return BLOCKED;
    } finally {
      dst.flip();
    }
  }

  private HandlerStatus encrypt() throws SSLException {
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_WRAP -> {
          if (!wrap(NOTHING)) {
            return DIRTY;
          }
          if (!session.establishedNow()) {
            session.wakeInbound();
          }
        }
        case NEED_TASK -> {
          session.wakeInbound();
          return BLOCKED;
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!session.established()) {
            return BLOCKED;
          }
          if (!src.hasRemaining()) {
            return CLEAN;
          }
          if (!wrap(src)) {
            return DIRTY;
          }
        }
        case NOT_HANDSHAKING, FINISHED -> {
          session.establishedNow();
          if (!src.hasRemaining()) {
            return CLEAN;
          }
          if (!wrap(src)) {
            return DIRTY;
          }
        }
      }
    }
  }

  /** Encrypts one record; false if there is no room for it now. */
  private boolean wrap(ByteBuffer plain) throws SSLException {
    SSLEngineResult result = engine.wrap(plain, dst);
    return switch (result.getStatus()) {
      case OK -> true;
      case BUFFER_OVERFLOW -> false;
      case BUFFER_UNDERFLOW -> throw new SSLException("the engine wants more to encrypt");
      case CLOSED -> throw new SSLException("the connection is closed");
    };
  }

  /** Sends the alert that says why, then closes. */
  private HandlerStatus sayGoodbye() {
    if (dst.position() > 0) {
      return DIRTY;
    }
    if (alertWritten) {
      session.close();
      return BLOCKED;
    }
    alertWritten = true;
    engine.closeOutbound();
    try {
      while (!engine.isOutboundDone() && wrap(NOTHING)) {}
    } catch (SSLException _) {
      // The peer learns nothing, then.
    }
    return DIRTY;
  }
}
