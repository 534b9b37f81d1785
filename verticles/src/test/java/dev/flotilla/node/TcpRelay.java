package dev.flotilla.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Carries the connections of one port to another and keeps a copy of what passes. It can be cut:
 * then what is on its way waits, and nobody is told, as on a broken line.
 */
final class TcpRelay implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final ServerSocket server = new ServerSocket();
  private final InetSocketAddress to;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Copy> copies = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition healed = lock.newCondition();
  private boolean cut;
  private volatile long delayMillis;

  /** What passed in one direction of one connection. */
  private static final class Copy {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    synchronized void add(byte[] buffer, int length) {
      bytes.write(buffer, 0, length);
    }

    synchronized int size() {
      return bytes.size();
    }

    synchronized boolean contains(String marker) {
      return bytes.toString(StandardCharsets.ISO_8859_1).contains(marker);
    }
  }

  TcpRelay(InetSocketAddress at, InetSocketAddress to) throws IOException {
    this.to = to;
    server.bind(at);
    Thread.ofVirtual().start(this::accept);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  void setCut(boolean broken) {
    lock.lock();
    try {
      cut = broken;
      healed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** From now on holds up what comes, piece by piece. */
  void setDelayMillis(long millis) {
    delayMillis = millis;
  }

  /** Closes the connections that there are; new ones may be made. */
  void reset() {
    sockets.forEach(TcpRelay::close);
    sockets.clear();
  }

  /** How many bytes passed, both ways. */
  long bytes() {
    return copies.stream().mapToLong(Copy::size).sum();
  }

  /** Whether a text passed in the clear. */
  boolean carried(String marker) {
    return copies.stream().anyMatch(copy -> copy.contains(marker));
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> carry(client));
      } catch (IOException _) {
        return;
      }
    }
  }

  private void carry(Socket client) {
    try (client;
        Socket target = new Socket()) {
      sockets.add(target);
      awaitHealed();
      target.connect(to);
      Thread back = Thread.ofVirtual().start(() -> pump(target, client));
      pump(client, target);
      back.join();
    } catch (IOException | InterruptedException _) {
      // Closed on one side: closed on the other.
    }
  }

  private void pump(Socket from, Socket into) {
    Copy copy = new Copy();
    copies.add(copy);
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        copy.add(buffer, length);
        Thread.sleep(delayMillis);
        awaitHealed();
        into.getOutputStream().write(buffer, 0, length);
      }
    } catch (IOException | InterruptedException _) {
      // As in carry.
    } finally {
      close(from);
      close(into);
    }
  }

  private void awaitHealed() throws InterruptedException {
    lock.lock();
    try {
      while (cut) {
        healed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is of no use any more.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    setCut(false);
    sockets.forEach(TcpRelay::close);
  }
}
