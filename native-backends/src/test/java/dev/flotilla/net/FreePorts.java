package dev.flotilla.net;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for processes that are about to start. No system gives them to a connection or to a socket
 * that asks for any port: that is done from 32,768 on by Linux, from 49,152 on by others. A port
 * that a socket of port 0 was given, and closed again, may be given away before it is used.
 */
public final class FreePorts {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int FIRST = 10_000;
  private static final int COUNT = 22_000;

  /** So that none is handed out twice in a row; other processes begin elsewhere. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  /** A port of loopback that nothing listens on. */
  public static int tcp() throws IOException {
    return tcp(1);
  }

  /** So many of them in a row; returns the first. */
  public static int tcp(int count) throws IOException {
    for (int tried = 0; tried < COUNT; tried += count) {
      int first = next(count);
      if (areFree(first, count)) {
        return first;
      }
    }
    throw new BindException("no %d free ports in a row".formatted(count));
  }

  /** A port of loopback that nothing receives datagrams on. */
  public static int udp() throws IOException {
    for (int tried = 0; tried < COUNT; tried++) {
      int port = next(1);
      if (isFreeForDatagrams(port)) {
        return port;
      }
    }
    throw new BindException("no free port");
  }

  private static int next(int count) {
    return FIRST + Math.floorMod(NEXT.getAndAdd(count), COUNT - count);
  }

  private static boolean areFree(int first, int count) throws IOException {
    for (int port = first; port < first + count; port++) {
      if (!isFree(port)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isFree(int port) throws IOException {
    try (ServerSocket probe = new ServerSocket(port, 1, LOOPBACK)) {
      return probe.isBound();
    } catch (BindException taken) {
      return false;
    }
  }

  private static boolean isFreeForDatagrams(int port) throws IOException {
    try (DatagramSocket probe = new DatagramSocket(port, LOOPBACK)) {
      return probe.isBound();
    } catch (BindException taken) {
      return false;
    }
  }
}
