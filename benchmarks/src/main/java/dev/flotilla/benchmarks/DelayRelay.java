package dev.flotilla.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries the connections of one port to another, as a line does on which everything takes a while:
 * each byte comes out so long after it went in, in both directions, at whatever rate.
 */
final class DelayRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  /** Bytes that are on the line at most, in one direction: 10 ms at 6 GB/s. */
  private static final int LINE_BYTES = 64 << 20;

  private final ServerSocket server = new ServerSocket();
  private final InetSocketAddress to;
  private final long delayNanos;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /**
   * Something on the line.
   *
   * @param bytes none at the end
   * @param dueNanos when it comes out, as {@link System#nanoTime}
   */
  private record Chunk(byte[] bytes, long dueNanos) {}

  /** Relays from one address to another until it is closed. */
  DelayRelay(InetSocketAddress at, InetSocketAddress to, Duration delay) throws IOException {
    this.to = to;
    this.delayNanos = delay.toNanos();
    server.bind(at);
    start("accept", this::accept);
  }

  private static void start(String name, Runnable task) {
    // Not virtual: what comes out late because another thread runs would be the relay's own delay.
    Thread.ofPlatform().daemon().name("relay-" + name).start(task);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        start("connect", () -> carry(client));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void carry(Socket client) {
    try {
      Socket target = new Socket();
      sockets.add(target);
      target.connect(to);
      client.setTcpNoDelay(true);
      target.setTcpNoDelay(true);
      pump(client, target);
      pump(target, client);
    } catch (IOException _) {
      close(client);
    }
  }

  private void pump(Socket from, Socket into) {
    BlockingQueue<Chunk> line = new LinkedBlockingQueue<>();
    Semaphore room = new Semaphore(LINE_BYTES);
    start("in", () -> takeIn(from, line, room));
    start("out", () -> letOut(line, room, into));
  }

  private void takeIn(Socket from, BlockingQueue<Chunk> line, Semaphore room) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
        room.acquireUninterruptibly(length);
        line.add(chunk(buffer, length));
      }
    } catch (IOException _) {
      // As at its end.
    }
    line.add(chunk(buffer, 0));
  }

  private Chunk chunk(byte[] buffer, int length) {
    byte[] bytes = new byte[length];
    System.arraycopy(buffer, 0, bytes, 0, length);
    return new Chunk(bytes, System.nanoTime() + delayNanos);
  }

  private void letOut(BlockingQueue<Chunk> line, Semaphore room, Socket into) {
    try {
      for (Chunk chunk = line.take(); chunk.bytes().length > 0; chunk = line.take()) {
        awaitTime(chunk.dueNanos());
        into.getOutputStream().write(chunk.bytes());
        room.release(chunk.bytes().length);
      }
    } catch (IOException | InterruptedException _) {
      room.release(LINE_BYTES);
    }
    // One end is gone, so the other end is of no use.
    close(into);
  }

  private static void awaitTime(long dueNanos) {
    for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException _) {
      // It is of no use any more.
    }
  }

  /** Ends all its connections, and takes no more. */
  @Override
  public void close() throws IOException {
    server.close();
    Set.copyOf(sockets).forEach(this::close);
  }
}
