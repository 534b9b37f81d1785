package dev.flotilla.node.worker;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * A handshake of mutual TLS 1.3 with oneself, in memory: the first of a JVM takes many times as
 * long as those that follow.
 */
final class Rehearsal {
  private static final int MAX_STEPS = 64;

  private Rehearsal() {}

  static void handshake(SSLContext context) throws SSLException {
    SSLEngine client = context.createSSLEngine("rehearsal", 1);
    client.setUseClientMode(true);
    SSLEngine server = context.createSSLEngine();
    server.setUseClientMode(false);
    server.setNeedClientAuth(true);
    ByteBuffer toServer = ByteBuffer.allocate(client.getSession().getPacketBufferSize()).flip();
    ByteBuffer toClient = ByteBuffer.allocate(server.getSession().getPacketBufferSize()).flip();
    for (int step = 0; step < MAX_STEPS && (shaking(client) || shaking(server)); step++) {
      advance(client, toClient, toServer);
      advance(server, toServer, toClient);
    }
  }

  private static boolean shaking(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
        || engine.getSession().getProtocol().equals("NONE");
  }

  /** Does one thing; both buffers are ready to be read from. */
  private static void advance(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> engine.getDelegatedTask().run();
      case NEED_WRAP -> wrap(engine, out);
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN ->
          engine.unwrap(in, ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()));
      case NOT_HANDSHAKING, FINISHED -> begin(engine, out);
    }
  }

  private static void begin(SSLEngine engine, ByteBuffer out) throws SSLException {
    if (engine.getUseClientMode() && shaking(engine)) {
      wrap(engine, out);
    }
  }

  private static void wrap(SSLEngine engine, ByteBuffer out) throws SSLException {
    out.compact();
    engine.wrap(ByteBuffer.allocate(0), out);
    out.flip();
  }
}
