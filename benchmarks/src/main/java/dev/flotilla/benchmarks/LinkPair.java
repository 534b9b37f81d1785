package dev.flotilla.benchmarks;

import dev.flotilla.engine.Batch;
import dev.flotilla.node.auth.AuditLog;
import dev.flotilla.node.auth.Credentials;
import dev.flotilla.node.auth.SwarmTls;
import dev.flotilla.sharding.link.ActivationType;
import dev.flotilla.sharding.link.Link;
import dev.flotilla.sharding.link.LinkFrame;
import dev.flotilla.sharding.link.LinkFrame.Run;
import dev.flotilla.sharding.link.LinkLimits;
import dev.flotilla.sharding.link.LinkSecurity;
import dev.flotilla.sharding.link.LinkTransport;
import dev.flotilla.sharding.link.StageAddress;
import dev.flotilla.tokens.Permission;
import dev.flotilla.tokens.TokenException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.cert.X509Certificate;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;

/**
 * Both ends of a link over loopback, with hidden states as single-precision floats. The called end
 * sends back whatever is not a replay, as stages answer it. Confined to one thread.
 */
final class LinkPair implements AutoCloseable {
  private static final ActivationType ACTIVATIONS = ActivationType.F32;
  private static final long PATIENCE_SECONDS = 60;

  private final Link caller;
  private final Link called;
  private final Run token;
  private final Run prompt;
  private final long promptBytes;
  private final Semaphore arrivals = new Semaphore(0);

  private LinkPair(Link caller, Link called, int rows, int width) throws IOException {
    this.caller = caller;
    this.called = called;
    this.token = new Run(1, false, batch(1, width));
    this.prompt = new Run(1, true, batch(rows, width));
    this.promptBytes = ACTIVATIONS.bytes(Math.multiplyExact(rows, width));
    LinkLimits limits = new LinkLimits(rows, width, ACTIVATIONS);
    caller.agree(limits);
    called.agree(limits);
    called.start(new Echo(called));
    caller.start(new Arrivals(arrivals));
  }

  private static Batch batch(int rows, int width) {
    Batch batch = new Batch(rows);
    for (int row = 0; row < rows; row++) {
      batch.add(row, row, 0, row == rows - 1);
    }
    float[] hidden = batch.hidden(width);
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    for (int i = 0; i < rows * width; i++) {
      hidden[i] = (float) random.nextGaussian();
    }
    return batch;
  }

  /** Without TLS. */
  static LinkPair plain(int rows, int width) throws Exception {
    return open(LinkTransport.plain(), LinkTransport.plain(), "", rows, width);
  }

  /** Under mutual TLS between two members of a swarm. */
  static LinkPair secured(Credentials caller, Credentials called, int rows, int width)
      throws Exception {
    return open(
        LinkTransport.secured(Member.of(caller)),
        LinkTransport.secured(Member.of(called)),
        called.id().hex(),
        rows,
        width);
  }

  private static LinkPair open(
      LinkTransport caller, LinkTransport called, String calledId, int rows, int width)
      throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      FutureTask<Link> accepted =
          new FutureTask<>(() -> Link.accept(called, server.accept(), "called"));
      Thread.startVirtualThread(accepted);
      StageAddress address =
          new StageAddress(
              calledId, server.getInetAddress().getHostAddress(), server.getLocalPort());
      Link link = Link.connect(caller, address, "caller");
      return new LinkPair(link, accepted.get(PATIENCE_SECONDS, TimeUnit.SECONDS), rows, width);
    }
  }

  /** How often a second the hidden state of one token went there and back, one after another. */
  double roundTrips(long nanos) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long trips = 0;
    while (System.nanoTime() - begin < nanos) {
      caller.send(token);
      awaitEcho();
      trips++;
    }
    return trips * 1e9 / (System.nanoTime() - begin);
  }

  /** How many megabytes a second of prompts' hidden states came over. */
  double megabytes(long nanos) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long bytes = 0;
    while (System.nanoTime() - begin < nanos) {
      caller.send(prompt);
      bytes += promptBytes;
    }
    caller.send(token);
    awaitEcho();
    return bytes * 1e3 / (System.nanoTime() - begin);
  }

  private void awaitEcho() throws IOException, InterruptedException {
    if (!arrivals.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("the other end of the link does not answer");
    }
  }

  @Override
  public void close() {
    caller.close();
    called.close();
  }

  /** Sends back what asks for an answer. */
  private record Echo(Link link) implements Link.Listener {
    @Override
    public void received(LinkFrame frame) throws IOException {
      if (!(frame instanceof Run run && run.replay())) {
        link.send(frame);
      }
    }

    @Override
    public void ended(String reason) {}
  }

  /** Counts what came back. */
  private record Arrivals(Semaphore count) implements Link.Listener {
    @Override
    public void received(LinkFrame frame) {
      count.release();
    }

    @Override
    public void ended(String reason) {}
  }

  /** A member of a swarm, at its end of a link. */
  private record Member(Credentials credentials, SSLContext context) implements LinkSecurity {
    static Member of(Credentials credentials) {
      return new Member(credentials, new SwarmTls(credentials, new AuditLog()).context("link"));
    }

    @Override
    public String peer(SSLSession session) throws IOException {
      try {
        return credentials
            .check((X509Certificate) session.getPeerCertificates()[0], Permission.HOST_STAGES)
            .id()
            .hex();
      } catch (TokenException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }
}
