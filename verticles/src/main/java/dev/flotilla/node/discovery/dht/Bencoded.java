package dev.flotilla.node.discovery.dht;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** A value in BitTorrent's encoding (BEP 3). */
sealed interface Bencoded {

  /** Deeper nesting than any message of the DHT has. */
  int MAX_DEPTH = 5;

  record Int(long value) implements Bencoded {}

  record Text(byte[] bytes) implements Bencoded {
    static Text of(String text) {
      return new Text(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    String text() {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  record Items(List<Bencoded> values) implements Bencoded {
    public Items {
      values = List.copyOf(values);
    }
  }

  /** Keys are byte strings, here in ISO 8859-1, which keeps their order. */
  record Dictionary(SequencedMap<String, Bencoded> entries) implements Bencoded {
    static Dictionary of(Map<String, Bencoded> entries) {
      return new Dictionary(new TreeMap<>(entries));
    }

    Optional<byte[]> bytes(String key) {
      return entries.get(key) instanceof Text(byte[] bytes) ? Optional.of(bytes) : Optional.empty();
    }

    Optional<String> text(String key) {
      return entries.get(key) instanceof Text text ? Optional.of(text.text()) : Optional.empty();
    }

    Optional<Long> integer(String key) {
      return entries.get(key) instanceof Int(long value) ? Optional.of(value) : Optional.empty();
    }

    Optional<Dictionary> dictionary(String key) {
      return entries.get(key) instanceof Dictionary inner ? Optional.of(inner) : Optional.empty();
    }

    List<Bencoded> items(String key) {
      return entries.get(key) instanceof Items(List<Bencoded> values) ? values : List.of();
    }
  }

  /** The value as bytes. */
  default byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(this, out);
    return out.toByteArray();
  }

  private static void write(Bencoded value, ByteArrayOutputStream out) {
    switch (value) {
      case Int(long number) -> writeAscii("i" + number + "e", out);
      case Text(byte[] bytes) -> {
        writeAscii(bytes.length + ":", out);
        out.writeBytes(bytes);
      }
      case Items(List<Bencoded> values) -> {
        out.write('l');
        values.forEach(each -> write(each, out));
        out.write('e');
      }
      case Dictionary(SequencedMap<String, Bencoded> entries) -> {
        out.write('d');
        entries.forEach((key, each) -> {
          write(Text.of(key), out);
          write(each, out);
        });
        out.write('e');
      }
    }
  }

  private static void writeAscii(String text, ByteArrayOutputStream out) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Reads one value that fills the bytes exactly. What comes out is no larger than what went in.
   *
   * @throws IllegalArgumentException if the bytes are no such value
   */
  static Bencoded decode(byte[] bytes) {
    Parser parser = new Parser(bytes);
    Bencoded value = parser.value(0);
    if (parser.position != bytes.length) {
      throw new IllegalArgumentException("bytes after the value");
    }
    return value;
  }

  /** Reads values front to back. */
  final class Parser {
    private static final int MAX_DIGITS = 18;

    private final byte[] bytes;
    private int position;

    private Parser(byte[] bytes) {
      this.bytes = bytes;
    }

    private Bencoded value(int depth) {
      if (depth > MAX_DEPTH) {
        throw new IllegalArgumentException("nested too deeply");
      }
      return switch (peek()) {
        case 'i' -> {
          position++;
          yield new Int(number('e'));
        }
        case 'l' -> {
          position++;
          List<Bencoded> values = new ArrayList<>();
          while (!ends()) {
            values.add(value(depth + 1));
          }
          yield new Items(values);
        }
        case 'd' -> {
          position++;
          SequencedMap<String, Bencoded> entries = new TreeMap<>();
          while (!ends()) {
            entries.put(text().text(), value(depth + 1));
          }
          yield new Dictionary(entries);
        }
        default -> text();
      };
    }

    private Text text() {
      long length = number(':');
      if (length < 0 || length > bytes.length - position) {
        throw new IllegalArgumentException("a string of %d bytes".formatted(length));
      }
      int from = position;
      position += (int) length;
      return new Text(Arrays.copyOfRange(bytes, from, position));
    }

    private long number(char terminator) {
      boolean negative = peek() == '-';
      if (negative) {
        position++;
      }
      long value = 0;
      int digits = 0;
      while (peek() != terminator) {
        int digit = bytes[position++] - '0';
        if (digit < 0 || digit > 9 || ++digits > MAX_DIGITS) {
          throw new IllegalArgumentException("not a number at byte " + (position - 1));
        }
        value = value * 10 + digit;
      }
      position++;
      if (digits == 0) {
        throw new IllegalArgumentException("a number without digits");
      }
      return negative ? -value : value;
    }

    private boolean ends() {
      if (peek() != 'e') {
        return false;
      }
      position++;
      return true;
    }

    private int peek() {
      if (position >= bytes.length) {
        throw new IllegalArgumentException("ends in the middle of a value");
      }
      return bytes[position];
    }
  }
}
