package dev.flotilla.federation;

import dev.flotilla.federation.ReplicaAnnouncement.State;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@link ReplicaAnnouncement}s as bytes: a format number, then the fields in order, big-endian;
 * strings and lists after their length.
 */
public final class AnnouncementCodec {
  private static final byte FORMAT = 2;
  private static final int MAX_BYTES = 64 << 10;

  private AnnouncementCodec() {}

  /** The bytes of an announcement. */
  public static byte[] encode(ReplicaAnnouncement it) {
    ByteBuffer out = ByteBuffer.allocate(MAX_BYTES).put(FORMAT);
    putString(out, it.nodeId());
    putString(out, it.modelId());
    putString(out, it.version());
    putString(out, it.description());
    out.putLong(it.incarnation()).putLong(it.sequence());
    putString(out, it.state().name());
    out.putInt(it.slots()).putInt(it.running()).putInt(it.queued()).putInt(it.queueLimit());
    out.putInt(it.contextTokens()).putLong(it.freeCacheTokens());
    out.putLong(it.pendingPromptTokens()).putLong(it.pendingOutputTokens());
    out.putDouble(it.arrivalsPerSecond()).putDouble(it.speed().prefillTokensPerSecond());
    out.put((byte) it.speed().decodeTokensPerSecond().size());
    it.speed().decodeTokensPerSecond().forEach(out::putDouble);
    int prefixes = it.prefixes().map(digest -> digest.hashes().length).orElse(-1);
    out.putShort((short) prefixes);
    it.prefixes()
        .ifPresent(digest -> {
          for (long hash : digest.hashes()) {
            out.putLong(hash);
          }
        });
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return bytes;
  }

  /**
   * The announcement in some bytes.
   *
   * @throws IllegalArgumentException if they are none: cut short, too long, or out of range
   */
  public static ReplicaAnnouncement decode(byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException("an announcement of " + bytes.length + " bytes");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.get() != FORMAT) {
        throw new IllegalArgumentException("announcement of another format");
      }
      ReplicaAnnouncement announcement =
          new ReplicaAnnouncement(
              getString(in),
              getString(in),
              getString(in),
              getString(in),
              in.getLong(),
              in.getLong(),
              State.valueOf(getString(in)),
              in.getInt(),
              in.getInt(),
              in.getInt(),
              in.getInt(),
              in.getInt(),
              in.getLong(),
              in.getLong(),
              in.getLong(),
              in.getDouble(),
              new ReplicaSpeed(in.getDouble(), getRates(in)),
              getPrefixes(in));
      if (in.hasRemaining()) {
        throw new IllegalArgumentException(in.remaining() + " bytes after an announcement");
      }
      return announcement;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("an announcement is cut short", e);
    }
  }

  private static void putString(ByteBuffer out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.putShort((short) utf8.length).put(utf8);
  }

  private static String getString(ByteBuffer in) {
    int length = in.getShort();
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("announcement: a string of " + length + " bytes");
    }
    byte[] utf8 = new byte[length];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static List<Double> getRates(ByteBuffer in) {
    int count = in.get();
    List<Double> rates = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rates.add(in.getDouble());
    }
    return rates;
  }

  private static Optional<PrefixDigest> getPrefixes(ByteBuffer in) {
    int count = in.getShort();
    if (count < -1 || count > PrefixDigest.MAX_HASHES) {
      throw new IllegalArgumentException("announcement: " + count + " prefix hashes");
    }
    if (count == -1) {
      return Optional.empty();
    }
    long[] hashes = new long[count];
    for (int i = 0; i < count; i++) {
      hashes[i] = in.getLong();
    }
    return Optional.of(new PrefixDigest(hashes));
  }
}
