package dev.flotilla.node.topology;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Sends as many bytes as another node asks for, so that it can measure the way. */
final class ProbeDesk {
  static final String PATH = "/probe";

  /** The most that is sent at a time. */
  static final int MAX_BYTES = 1 << 20;

  private static final byte[] NOTHING = new byte[MAX_BYTES];

  private ProbeDesk() {}

  static void handle(HttpServerRequest request) {
    int bytes = bytes(request.path());
    if (bytes < 0) {
      var _ = request.response().setStatusCode(400).end();
      return;
    }
    var _ = request.response().end(Buffer.buffer(NOTHING).slice(0, bytes));
  }

  /** The path of a probe of so many bytes. */
  static String path(int bytes) {
    return PATH + "/" + bytes;
  }

  /** The number at the end of a path; -1 if there is none that is allowed. */
  private static int bytes(String path) {
    String number = path.substring(path.lastIndexOf('/') + 1);
    if (!number.matches("[0-9]{1,7}")) {
      return -1;
    }
    int bytes = Integer.parseInt(number);
    return bytes <= MAX_BYTES ? bytes : -1;
  }
}
