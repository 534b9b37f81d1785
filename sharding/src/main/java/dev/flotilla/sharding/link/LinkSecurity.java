package dev.flotilla.sharding.link;

import java.io.IOException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;

/** Who this end of a link is, and whom it believes. Both may change while links are open. */
public interface LinkSecurity {

  /** What the next handshake takes: keys to show, and trust. */
  SSLContext context();

  /**
   * Who is at the other end of a connection.
   *
   * @return its node id
   * @throws IOException if it is not to be believed now, saying why
   */
  String peer(SSLSession session) throws IOException;
}
