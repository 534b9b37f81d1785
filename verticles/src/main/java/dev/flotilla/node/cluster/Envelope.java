package dev.flotilla.node.cluster;

import dev.flotilla.node.auth.Credentials;
import dev.flotilla.tokens.NodeCertificate;
import dev.flotilla.tokens.NodeIdentity;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.SwarmTrust;
import dev.flotilla.tokens.TokenException;
import dev.flotilla.tokens.TokenFailure;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A message on the event bus with its sender's certificate and signature. The bus's TLS says only
 * that some member sent it; this says which, whatever route it took, and from the moment a node is
 * thrown out nothing of it is believed.
 *
 * <pre>
 * version u8 | sent i64 (ms since 1970) | certificate u16 + DER | body u32 + bytes | signature
 * </pre>
 *
 * The signature covers the address and everything before it.
 */
final class Envelope {
  private static final byte VERSION = 1;
  private static final int MAX_BODY_BYTES = 16 << 20;
  private static final int MAX_CERTIFICATES = 1024;
  private static final Duration MAX_AGE = SwarmTrust.CLOCK_SKEW;

  private final Credentials credentials;
  private final Clock clock;

  /** Certificates parsed already, by their DER; parsing one costs more than all the rest. */
  private final Map<Buffer, NodeCertificate> parsed =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Buffer, NodeCertificate> eldest) {
          return size() > MAX_CERTIFICATES;
        }
      };

  Envelope(Credentials credentials, Clock clock) {
    this.credentials = credentials;
    this.clock = clock;
  }

  /** What came in an envelope that is to be believed. */
  record Opened(NodeCertificate sender, Buffer body) {}

  Buffer seal(String address, Buffer body) {
    byte[] certificate = credentials.certificate().encode();
    Buffer sealed =
        Buffer.buffer(certificate.length + body.length() + 128)
            .appendByte(VERSION)
            .appendLong(clock.millis())
            .appendUnsignedShort(certificate.length)
            .appendBytes(certificate)
            .appendInt(body.length())
            .appendBuffer(body);
    byte[] signature = credentials.identity().sign(signed(address, sealed, sealed.length()));
    return sealed.appendBytes(signature);
  }

  /**
   * Opens an envelope.
   *
   * @throws TokenException if its sender is not to be believed or may not do this
   */
  Opened open(String address, Permission permission, Buffer sealed) {
    try {
      return opened(address, permission, sealed);
    } catch (IndexOutOfBoundsException _) {
      throw new TokenException(TokenFailure.MALFORMED, "an envelope ends too early");
    }
  }

  private Opened opened(String address, Permission permission, Buffer sealed) {
    if (sealed.getByte(0) != VERSION) {
      throw new TokenException(
          TokenFailure.UNKNOWN_VERSION,
          "an envelope of version " + sealed.getByte(0) + ", known here is " + VERSION);
    }
    Instant sent = Instant.ofEpochMilli(sealed.getLong(1));
    int certificateAt = 1 + Long.BYTES + Short.BYTES;
    int bodyAt =
        certificateAt + sealed.getUnsignedShort(certificateAt - Short.BYTES) + Integer.BYTES;
    NodeCertificate sender = certificate(sealed.getBuffer(certificateAt, bodyAt - Integer.BYTES));
    int length = sealed.getInt(bodyAt - Integer.BYTES);
    if (length < 0 || length > MAX_BODY_BYTES) {
      throw new TokenException(TokenFailure.MALFORMED, "an envelope of " + length + " bytes");
    }
    NodeCertificate checked = credentials.check(sender.x509(), permission);
    byte[] signature = sealed.getBytes(bodyAt + length, sealed.length());
    byte[] message = signed(address, sealed, bodyAt + length);
    if (!NodeIdentity.verify(checked.x509().getPublicKey(), message, signature)) {
      throw new TokenException(TokenFailure.PROOF, "the signature of an envelope does not hold");
    }
    if (Duration.between(sent, clock.instant()).abs().compareTo(MAX_AGE) > 0) {
      throw new TokenException(
          TokenFailure.EXPIRED, "an envelope was sent at " + sent + ": set both machines' clocks");
    }
    return new Opened(checked, sealed.getBuffer(bodyAt, bodyAt + length));
  }

  private NodeCertificate certificate(Buffer der) {
    synchronized (parsed) {
      NodeCertificate known = parsed.get(der);
      if (known == null) {
        known = NodeCertificate.decode(der.getBytes());
        parsed.put(der, known);
      }
      return known;
    }
  }

  private static byte[] signed(String address, Buffer sealed, int length) {
    return Buffer.buffer(length + address.length() + 1)
        .appendBytes(address.getBytes(StandardCharsets.UTF_8))
        .appendByte((byte) 0)
        .appendBuffer(sealed.slice(0, length))
        .getBytes();
  }
}
