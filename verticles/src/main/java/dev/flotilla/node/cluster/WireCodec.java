package dev.flotilla.node.cluster;

import io.vertx.core.buffer.Buffer;

/**
 * How messages of one type travel between nodes.
 *
 * @param <M> the type
 */
public interface WireCodec<M> {
  /** A message as bytes. */
  Buffer encode(M message);

  /**
   * A message from bytes, which may be hostile.
   *
   * @throws RuntimeException if they are no message
   */
  M decode(Buffer bytes);
}
