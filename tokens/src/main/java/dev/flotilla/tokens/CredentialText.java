package dev.flotilla.tokens;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * One copyable line that holds a credential: a prefix that names its kind, then in base64url a
 * version byte, the fields, and the first four bytes of the SHA-256 of all that, by which a typing
 * error is told from a wrong credential.
 */
final class CredentialText {
  static final String TOKEN_PREFIX = "fltk_";
  static final String INVITE_PREFIX = "flti_";

  private static final int VERSION = 1;
  private static final int CHECKSUM_BYTES = 4;
  private static final int MAX_CHARS = 4096;
  static final int MAX_PEERS = 16;

  private CredentialText() {}

  /** Writes the fields of a credential. */
  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  /** Reads the fields of a credential. */
  interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  static String encode(String prefix, Writer fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      fields.write(out);
      out.flush();
      out.write(checksum(prefix, bytes.toByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
  }

  /**
   * Reads a credential.
   *
   * @param what its kind, for people
   * @throws TokenException saying what is wrong
   */
  static <T> T decode(String prefix, String what, String text, Reader<T> fields) {
    byte[] body = body(prefix, what, text.strip());
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(body, 1, body.length - 1))) {
      T read = fields.read(in);
      if (in.available() > 0) {
        throw malformed(what, "it has bytes left over");
      }
      return read;
    } catch (IOException e) {
      throw malformed(what, "it ends too early");
    }
  }

  private static byte[] body(String prefix, String what, String text) {
    requireKind(prefix, what, text);
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text.substring(prefix.length()));
    } catch (IllegalArgumentException _) {
      throw malformed(what, "it holds characters that no " + what + " has");
    }
    if (bytes.length <= 1 + CHECKSUM_BYTES) {
      throw malformed(what, "it is too short: was it cut while copying?");
    }
    byte[] body = Arrays.copyOf(bytes, bytes.length - CHECKSUM_BYTES);
    byte[] sum = Arrays.copyOfRange(bytes, bytes.length - CHECKSUM_BYTES, bytes.length);
    if (!Arrays.equals(sum, checksum(prefix, body))) {
      throw new TokenException(
          TokenFailure.CHECKSUM,
          "this " + what + " has a typing error or was cut: its checksum does not fit");
    }
    if (body[0] != VERSION) {
      throw new TokenException(
          TokenFailure.UNKNOWN_VERSION,
          "this "
              + what
              + " is of version "
              + body[0]
              + ", and this release knows version "
              + VERSION
              + ": update Flotilla");
    }
    return body;
  }

  private static void requireKind(String prefix, String what, String text) {
    if (text.length() > MAX_CHARS) {
      throw malformed(what, "it has more than " + MAX_CHARS + " characters");
    }
    if (text.startsWith(prefix)) {
      return;
    }
    if (text.startsWith(TOKEN_PREFIX)) {
      throw new TokenException(TokenFailure.WRONG_KIND, "this is a swarm token, not an " + what);
    }
    if (text.startsWith(INVITE_PREFIX)) {
      throw new TokenException(TokenFailure.WRONG_KIND, "this is an invite, not a " + what);
    }
    throw malformed(what, "it does not begin with " + prefix);
  }

  private static byte[] checksum(String prefix, byte[] body) {
    byte[] digest = Hashes.sha256(prefix.getBytes(StandardCharsets.US_ASCII), body);
    return Arrays.copyOf(digest, CHECKSUM_BYTES);
  }

  static TokenException malformed(String what, String problem) {
    return new TokenException(TokenFailure.MALFORMED, "this is no " + what + ": " + problem);
  }

  static void writePeers(DataOutputStream out, List<PeerAddress> peers) throws IOException {
    out.writeByte(peers.size());
    for (PeerAddress peer : peers) {
      out.writeUTF(peer.toString());
    }
  }

  static List<PeerAddress> readPeers(DataInputStream in) throws IOException {
    int count = in.readUnsignedByte();
    if (count > MAX_PEERS) {
      throw new TokenException(
          TokenFailure.MALFORMED,
          count + " bootstrap peers, at most " + MAX_PEERS + " are allowed");
    }
    List<PeerAddress> peers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      peers.add(PeerAddress.parse(in.readUTF()));
    }
    return peers;
  }

  static void writeInstant(DataOutputStream out, Optional<Instant> instant) throws IOException {
    out.writeLong(instant.map(Instant::getEpochSecond).orElse(0L));
  }

  static Optional<Instant> readInstant(DataInputStream in) throws IOException {
    long seconds = in.readLong();
    return seconds == 0
        ? Optional.empty()
        : Optional.of(Instant.ofEpochSecond(Math.clamp(seconds, 0, 1L << 40)));
  }

  static byte[] readBytes(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
