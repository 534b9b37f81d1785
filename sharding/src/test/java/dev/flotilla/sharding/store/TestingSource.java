package dev.flotilla.sharding.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** A peer that counts what it gives, and misbehaves as a test tells it. */
final class TestingSource implements RangeSource {
  private final String nodeId;
  private final RangeSource real;
  final AtomicLong given = new AtomicLong();
  volatile long vanishesAfterBytes = Long.MAX_VALUE;
  volatile boolean lies;
  volatile boolean liesAboutHeaders;
  volatile boolean keepsSilent;

  TestingSource(String nodeId, TensorHolder holder) {
    this.nodeId = nodeId;
    this.real = new LocalRangeSource(holder);
  }

  @Override
  public String nodeId() {
    return nodeId;
  }

  @Override
  public byte[] manifest(String contentId) throws IOException {
    requirePresent();
    byte[] manifest = real.manifest(contentId);
    return lies
        ? new String(manifest, StandardCharsets.UTF_8)
            .replace("\"layers\":4", "\"layers\":5")
            .getBytes(StandardCharsets.UTF_8)
        : manifest;
  }

  @Override
  public byte[] header(String contentId, int file, int bytes) throws IOException {
    requirePresent();
    byte[] header = real.header(contentId, file, bytes);
    if (liesAboutHeaders) {
      header[header.length / 2] ^= 1;
    }
    return header;
  }

  @Override
  public BitSet tensors(String contentId) throws IOException {
    requirePresent();
    if (keepsSilent) {
      keepSilent();
    }
    return real.tensors(contentId);
  }

  @Override
  public void read(String contentId, int tensor, long from, long to, Sink sink) throws IOException {
    real.read(
        contentId,
        tensor,
        from,
        to,
        bytes -> {
          while (bytes.hasRemaining()) {
            requirePresent();
            byte[] some = new byte[Math.min(100, bytes.remaining())];
            bytes.get(some);
            if (lies) {
              some[0] ^= 1;
            }
            given.addAndGet(some.length);
            sink.accept(ByteBuffer.wrap(some));
          }
        });
  }

  /** As one that stands still, until nobody listens any more. */
  private static void keepSilent() throws StoreException {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException hurry) {
      throw new StoreException(StoreFailure.CANCELLED, "given up", hurry);
    }
  }

  private void requirePresent() throws StoreException {
    if (given.get() >= vanishesAfterBytes) {
      throw new StoreException(StoreFailure.PEER_FAILED, nodeId + " has vanished");
    }
  }
}
