package dev.flotilla.cli.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One HTTP/1.1 connection that sends a request and scans the event stream of its answer. Blocking
 * reads on the caller's thread and a byte scanner: measured against a server on the same cores, it
 * must not take its time. One thread, except for {@link #close()}, which any thread may call to
 * break a stalled read.
 */
public final class StreamConnection implements AutoCloseable {

  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final int MAX_HEAD_BYTES = 64 << 10;
  private static final int MAX_ERROR_BYTES = 64 << 10;

  private final ApiBase api;
  private final Socket socket;
  private final InputStream input;
  private final byte[] buffer = new byte[64 << 10];
  private int from;
  private int to;

  /** Connects. */
  public StreamConnection(ApiBase api) throws IOException {
    this.api = api;
    this.socket = connect(api);
    this.input = socket.getInputStream();
  }

  /**
   * Posts a request and scans the events of its answer until the answer ends.
   *
   * @throws ApiException if the status is not 200
   * @throws IOException if the connection breaks or the answer is no event stream of HTTP/1.1
   */
  public void post(String path, byte[] body, SseScanner.Sink sink) throws IOException {
    send("POST", path, body);
    scan(sink);
  }

  /**
   * Gets an event stream and scans its events until it ends.
   *
   * @throws ApiException if the status is not 200
   * @throws IOException if the connection breaks or the answer is no event stream of HTTP/1.1
   */
  public void get(String path, SseScanner.Sink sink) throws IOException {
    send("GET", path, new byte[0]);
    scan(sink);
  }

  private void scan(SseScanner.Sink sink) throws IOException {
    ResponseHead head = readHead();
    if (head.status() != 200) {
      ByteArrayOutputStream problem = new ByteArrayOutputStream();
      readBody(
          head,
          (bytes, start, end) ->
              problem.write(bytes, start, Math.min(end - start, MAX_ERROR_BYTES - problem.size())));
      throw new ApiException(
          head.status(), JsonCalls.problem(problem.toString(StandardCharsets.UTF_8)));
    }
    SseScanner scanner = new SseScanner(sink);
    readBody(head, scanner::accept);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static Socket connect(ApiBase api) throws IOException {
    Socket plain = new Socket();
    try {
      String host = api.root().getHost().replaceAll("[\\[\\]]", "");
      plain.setTcpNoDelay(true);
      plain.connect(new InetSocketAddress(host, api.port()), CONNECT_TIMEOUT_MILLIS);
      if (!api.isTls()) {
        return plain;
      }
      SSLSocketFactory factory = api.trust().getSocketFactory();
      SSLSocket tls = (SSLSocket) factory.createSocket(plain, host, api.port(), true);
      var parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      return tls;
    } catch (IOException e) {
      plain.close();
      throw api.unreachable(e);
    }
  }

  private void send(String method, String path, byte[] body) throws IOException {
    URI uri = api.at(path);
    StringBuilder head = new StringBuilder(256);
    head.append(method).append(' ').append(uri.getRawPath()).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(uri.getRawAuthority()).append("\r\n");
    head.append("Content-Type: application/json\r\nAccept: text/event-stream\r\n");
    api.apiKey().ifPresent(key -> head.append("Authorization: Bearer ").append(key).append("\r\n"));
    head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
    ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + body.length);
    request.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    request.writeBytes(body);
    request.writeTo(socket.getOutputStream());
  }

  private ResponseHead readHead() throws IOException {
    int scanned = from;
    while (true) {
      for (int i = Math.max(scanned, from + 3); i < to; i++) {
        if (buffer[i] == '\n' && buffer[i - 1] == '\r' && buffer[i - 2] == '\n') {
          String text = new String(buffer, from, i - 3 - from, StandardCharsets.ISO_8859_1);
          from = i + 1;
          return ResponseHead.parse(text);
        }
      }
      scanned = to;
      if (from > 0) {
        System.arraycopy(buffer, from, buffer, 0, to - from);
        to -= from;
        scanned -= from;
        from = 0;
      }
      if (to == MAX_HEAD_BYTES) {
        throw new IOException("the answer's header is longer than " + MAX_HEAD_BYTES + " bytes");
      }
      fill();
    }
  }

  private void readBody(ResponseHead head, ChunkedDecoder.Sink sink) throws IOException {
    if (head.chunked()) {
      ChunkedDecoder decoder = new ChunkedDecoder(sink);
      from = decoder.accept(buffer, from, to);
      while (!decoder.isDone()) {
        refill();
        from = decoder.accept(buffer, from, to);
      }
    } else {
      readUntil(head.contentLength(), sink);
    }
  }

  private void readUntil(long length, ChunkedDecoder.Sink sink) throws IOException {
    long remaining = length;
    while (remaining > 0) {
      if (from == to) {
        refill();
      }
      int end = (int) Math.min(to, from + remaining);
      sink.content(buffer, from, end);
      remaining -= end - from;
      from = end;
    }
  }

  private void refill() throws IOException {
    from = 0;
    to = 0;
    fill();
  }

  private void fill() throws IOException {
    int read = input.read(buffer, to, buffer.length - to);
    if (read < 0) {
      throw new EOFException("the server closed the connection in the middle of an answer");
    }
    to += read;
  }

  /**
   * What the scanner needs of an answer's header.
   *
   * @param status the HTTP status
   * @param chunked whether the body is in chunks
   * @param contentLength its length if it is not
   */
  record ResponseHead(int status, boolean chunked, long contentLength) {

    static ResponseHead parse(String head) throws IOException {
      List<String> lines = head.lines().toList();
      if (!lines.getFirst().matches("HTTP/1\\.1 [0-9]{3}( .*)?")) {
        throw new IOException("'" + lines.getFirst() + "' is not an HTTP/1.1 answer");
      }
      boolean chunked = false;
      long length = -1;
      for (String line : lines) {
        String lower = line.toLowerCase(Locale.ROOT);
        if (lower.startsWith("transfer-encoding:")) {
          chunked = lower.endsWith("chunked");
        } else if (lower.matches("content-length: *[0-9]{1,15} *")) {
          length = Long.parseLong(lower.substring("content-length:".length()).strip());
        }
      }
      if (!chunked && length < 0) {
        throw new IOException("the answer has neither chunks nor a length");
      }
      return new ResponseHead(Integer.parseInt(lines.getFirst().substring(9, 12)), chunked, length);
    }
  }
}
