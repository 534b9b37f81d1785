package dev.flotilla.sharding.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** A node that has tensors of models. Methods block, and are called on virtual threads. */
public interface RangeSource {

  /** Takes bytes in order. */
  @FunctionalInterface
  interface Sink {
    /** Takes all of the buffer's remaining bytes, which are the caller's again afterwards. */
    void accept(ByteBuffer bytes) throws IOException;
  }

  /** Whose it is. */
  String nodeId();

  /**
   * A manifest's bytes, unchecked.
   *
   * @param contentId of the manifest
   * @throws StoreException with {@link StoreFailure#PEER_FAILED} if the node does not have it
   */
  byte[] manifest(String contentId) throws IOException;

  /**
   * The bytes of a model file before its tensors, unchecked.
   *
   * @param file index of the model's file
   * @param bytes how many there should be
   */
  byte[] header(String contentId, int file, int bytes) throws IOException;

  /** Which tensors of a model it has, by index; none if it does not know the model. */
  BitSet tensors(String contentId) throws IOException;

  /**
   * A part of a tensor's data, unchecked.
   *
   * @param tensor index in the manifest
   * @param from the first byte
   * @param to the byte after the last
   * @throws IOException if the connection breaks, the node is silent for too long, or the sink
   *     throws; some bytes may have arrived then
   */
  void read(String contentId, int tensor, long from, long to, Sink sink) throws IOException;
}
