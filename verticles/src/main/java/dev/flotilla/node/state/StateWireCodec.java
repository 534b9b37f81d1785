package dev.flotilla.node.state;

import dev.flotilla.federation.state.LogEntry;
import dev.flotilla.federation.state.Message;
import dev.flotilla.federation.state.MessageCodec;
import dev.flotilla.federation.state.StateCodec;
import dev.flotilla.federation.state.StateFormatException;
import dev.flotilla.node.cluster.BusException;
import dev.flotilla.node.cluster.BusFailure;
import dev.flotilla.node.cluster.WireCodec;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;

/** The codecs of {@code federation.state} on the event bus. */
record StateWireCodec<M>(Function<M, byte[]> encoder, Decoder<M> decoder) implements WireCodec<M> {
  static final StateWireCodec<Message> MESSAGES =
      new StateWireCodec<>(MessageCodec::encode, MessageCodec::decode);
  static final StateWireCodec<LogEntry> ENTRIES =
      new StateWireCodec<>(StateCodec::encode, StateCodec::decodeEntry);

  /** Reads bytes that may be hostile. */
  interface Decoder<M> {
    M decode(byte[] bytes) throws StateFormatException;
  }

  @Override
  public Buffer encode(M message) {
    return Buffer.buffer(encoder.apply(message));
  }

  @Override
  public M decode(Buffer bytes) {
    try {
      return decoder.decode(bytes.getBytes());
    } catch (StateFormatException e) {
      throw new BusException(BusFailure.MALFORMED, String.valueOf(e.getMessage()));
    }
  }
}
