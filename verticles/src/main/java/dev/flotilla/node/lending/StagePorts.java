package dev.flotilla.node.lending;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * Gives stages their ports: those of a range in turn, so that two stages that start at once do not
 * get the same. Safe for threads.
 */
public final class StagePorts {
  private final PortRange range;
  private final String host;
  private int given;

  /**
   * Ports of one node.
   *
   * @param host address that stages listen on
   */
  public StagePorts(PortRange range, String host) {
    this.range = range;
    this.host = host;
  }

  /**
   * A port that nobody listens on now; 0 where any will do.
   *
   * @throws IOException if all of them are taken
   */
  synchronized int next() throws IOException {
    if (range.equals(PortRange.ANY)) {
      return 0;
    }
    for (int tried = 0; tried < range.size(); tried++) {
      int port = range.first() + given++ % range.size();
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("all ports that stages may listen on are taken: " + range);
  }

  private boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getByName(host))) {
      return probe.isBound();
    } catch (IOException _) {
      return false;
    }
  }
}
