package dev.flotilla.node.cluster;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * Messages that are short texts.
 *
 * @param maxBytes the longest in UTF-8
 */
public record TextCodec(int maxBytes) implements WireCodec<String> {
  @Override
  public Buffer encode(String message) {
    return Buffer.buffer(message);
  }

  @Override
  public String decode(Buffer bytes) {
    if (bytes.length() > maxBytes) {
      throw new BusException(
          BusFailure.MALFORMED, "a text of " + bytes.length() + " bytes, at most " + maxBytes);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
