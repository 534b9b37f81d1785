package dev.flotilla.node.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request body: strict UTF-8, strict JSON (RFC 8259), bounded depth, finite numbers, whole
 * characters. Everything else is refused with its place.
 */
final class Json {

  /** The deepest nesting of arrays and objects. */
  static final int MAX_DEPTH = 100;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Field names come from clients: interning them would grow a table for the whole process.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(100)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private Json() {}

  /**
   * The object that a body holds, as null, Boolean, Number, String, List and Map.
   *
   * @throws ApiException 400 that says what is wrong and where
   */
  static Map<String, Object> object(Buffer body) {
    CharBuffer text = utf8(body.getBytes());
    try (JsonParser parser = FACTORY.createParser(text.array(), 0, text.limit())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw refused("The body must be a JSON object.");
      }
      Map<String, Object> object = object(parser);
      if (parser.nextToken() != null) {
        throw refused("The body has more than one JSON value.");
      }
      return object;
    } catch (JsonProcessingException e) {
      throw refused(
          "The body is not valid JSON at offset "
              + Math.max(0, e.getLocation() == null ? 0 : e.getLocation().getCharOffset())
              + ": "
              + firstSentence(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CharBuffer utf8(byte[] bytes) {
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer input = ByteBuffer.wrap(bytes);
    try {
      return decoder.decode(input);
    } catch (CharacterCodingException e) {
      throw refused("The body is not valid UTF-8 at byte " + input.position() + ".");
    }
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken token = parser.nextToken();
      object.put(whole(name, parser), value(token, parser));
    }
    return object;
  }

  private static List<Object> array(JsonParser parser) throws IOException {
    List<Object> array = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      array.add(value(token, parser));
    }
    return array;
  }

  private static @Nullable Object value(@Nullable JsonToken token, JsonParser parser)
      throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> whole(parser.getText(), parser);
      case VALUE_NUMBER_INT -> parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> finite(parser);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case null, default -> throw refused("The body ends early, at offset " + offset(parser) + ".");
    };
  }

  private static double finite(JsonParser parser) throws IOException {
    double number = parser.getDoubleValue();
    if (!Double.isFinite(number)) {
      throw refused("A number is too large at offset " + offset(parser) + ".");
    }
    return number;
  }

  /** Refuses half of a surrogate pair, which no UTF-8 can carry on. */
  private static String whole(String text, JsonParser parser) {
    int at = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw refused("A string holds half a surrogate pair before offset " + offset(parser) + ".");
      }
      at += Character.charCount(codePoint);
    }
    return text;
  }

  private static long offset(JsonParser parser) {
    return parser.currentLocation().getCharOffset();
  }

  private static String firstSentence(@Nullable String message) {
    String text = message == null ? "syntax error" : message;
    int newline = text.indexOf('\n');
    String line = newline < 0 ? text : text.substring(0, newline);
    return line.length() <= 200 ? line : line.substring(0, 200) + "…";
  }

  private static ApiException refused(String message) {
    return new ApiException(ApiFailure.INVALID_REQUEST, message);
  }
}
