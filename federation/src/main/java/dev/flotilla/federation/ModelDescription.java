package dev.flotilla.federation;

import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.sharding.ModelCard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What a gateway must know of a model that another node serves: what clients are told, and how
 * conversations are written. It travels once, by its digest.
 *
 * @param card what clients are told
 * @param fingerprint 64 lower-case hexadecimal digits that two files share only if they are the
 *     same model: replicas may stand in for each other, token by token, where it is equal
 * @param template how conversations are written
 */
public record ModelDescription(ModelCard card, String fingerprint, Template template) {

  /** The longest description in bytes. */
  public static final int MAX_BYTES = 2 << 20;

  private static final int FORMAT = 1;
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * A Jinja chat template.
   *
   * @param name where it came from, at most {@value ReplicaAnnouncement#MAX_NAME_CHARS} chars
   * @param source its text
   * @param bosToken the text of the begin-of-text token, or empty
   * @param eosToken the text of the end-of-text token, or empty
   */
  public record Template(String name, String source, String bosToken, String eosToken) {
    public Template {
      requireShort("template name", name);
      requireShort("begin-of-text token", bosToken);
      requireShort("end-of-text token", eosToken);
    }
  }

  public ModelDescription {
    requireShort("model id", card.id());
    requireShort("architecture", card.architecture());
    requireShort("quantization", card.quantization());
    if (card.id().isEmpty() || !isDigest(fingerprint)) {
      throw new IllegalArgumentException("a model needs an id and a SHA-256 fingerprint");
    }
  }

  private static void requireShort(String what, String text) {
    if (text.length() > ReplicaAnnouncement.MAX_NAME_CHARS) {
      throw new IllegalArgumentException(what + " of " + text.length() + " chars");
    }
  }

  static boolean isDigest(String text) {
    return SHA_256.matcher(text).matches();
  }

  /** As bytes for gateways. */
  public byte[] encode() {
    FrameWriter out = new FrameWriter();
    out.begin(FORMAT);
    out.putString(card.id());
    out.putLong(card.createdSeconds());
    out.putString(card.architecture());
    out.putInt(card.layers());
    out.putLong(card.parameters());
    out.putLong(card.bytes());
    out.putString(card.quantization());
    out.putInt(card.trainedContext());
    out.putInt(card.vocabularySize());
    out.putInt(card.embeddingWidth());
    out.putBoolean(card.embeddingsOnly());
    out.putString(fingerprint);
    out.putString(template.name());
    out.putString(template.source());
    out.putString(template.bosToken());
    out.putString(template.eosToken());
    out.end();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      out.writeTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (bytes.size() > MAX_BYTES) {
      throw new IllegalArgumentException("a model's description of " + bytes.size() + " bytes");
    }
    return bytes.toByteArray();
  }

  /**
   * The description in some bytes.
   *
   * @param digest what the bytes must hash to
   * @throws IllegalArgumentException if they are not those, or no description
   */
  public static ModelDescription decode(byte[] bytes, String digest) {
    if (bytes.length > MAX_BYTES || bytes.length <= Integer.BYTES) {
      throw new IllegalArgumentException("a model's description of " + bytes.length + " bytes");
    }
    if (!digest.equals(digestOf(bytes))) {
      throw new IllegalArgumentException(
          "a model's description does not have the digest " + digest);
    }
    byte[] body = new byte[bytes.length - Integer.BYTES];
    System.arraycopy(bytes, Integer.BYTES, body, 0, body.length);
    FrameReader in = FrameReader.of(body);
    try {
      return in.decode(() -> read(in));
    } catch (ProtocolException e) {
      throw new IllegalArgumentException("no model's description: " + e.getMessage(), e);
    }
  }

  private static ModelDescription read(FrameReader in) {
    if (in.getByte() != FORMAT) {
      throw new IllegalArgumentException("another format");
    }
    ModelCard card =
        new ModelCard(
            in.getString(),
            in.getLong(),
            in.getString(),
            in.getInt(),
            in.getLong(),
            in.getLong(),
            in.getString(),
            in.getInt(),
            in.getInt(),
            in.getInt(),
            in.getBoolean());
    return new ModelDescription(
        card,
        in.getString(),
        new Template(in.getString(), in.getString(), in.getString(), in.getString()));
  }

  /** The name by which some bytes are asked for: their SHA-256 in hexadecimal digits. */
  public static String digestOf(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
