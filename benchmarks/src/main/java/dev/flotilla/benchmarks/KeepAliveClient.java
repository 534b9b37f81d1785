package dev.flotilla.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One HTTP/1.1 connection for one request again and again. It does as little as can be, since it is
 * on the same cores as what it measures.
 */
final class KeepAliveClient implements AutoCloseable {
  private static final byte[] EVENT = "data: ".getBytes(StandardCharsets.US_ASCII);

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] request;

  /** A connection to a server, for a POST of JSON. */
  KeepAliveClient(String url, String path, String json) throws IOException {
    URI server = URI.create(url);
    this.socket = new Socket(server.getHost(), server.getPort());
    socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    this.out = socket.getOutputStream();
    this.request =
        """
        POST %s HTTP/1.1\r
        Host: benchmark\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        %s\
        """
            .formatted(path, json.length(), json)
            .getBytes(StandardCharsets.US_ASCII);
  }

  /** Nanoseconds from the request's first byte to the answer's last. */
  long exchangeNanos() throws IOException {
    long began = System.nanoTime();
    int _ = exchange();
    return System.nanoTime() - began;
  }

  /**
   * Sends the request and reads the answer.
   *
   * @return events in it, if it is a stream
   */
  int exchange() throws IOException {
    out.write(request);
    String status = line();
    if (!status.startsWith("HTTP/1.1 200")) {
      throw new IOException("the answer was " + status);
    }
    long length = -1;
    for (String header = line(); !header.isEmpty(); header = line()) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Long.parseLong(lower.substring("content-length:".length()).strip());
      }
    }
    if (length >= 0) {
      in.skipNBytes(length);
      return 0;
    }
    return chunks();
  }

  private int chunks() throws IOException {
    int events = 0;
    int matched = 0;
    for (int size = chunk(); size > 0; size = chunk()) {
      byte[] bytes = in.readNBytes(size);
      for (byte each : bytes) {
        matched = each == EVENT[matched] ? matched + 1 : each == EVENT[0] ? 1 : 0;
        if (matched == EVENT.length) {
          events++;
          matched = 0;
        }
      }
      String _ = line();
    }
    String _ = line();
    return events;
  }

  private int chunk() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the connection ended within an answer");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
