package dev.flotilla.sharding.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.engine.wire.ProtocolException;
import dev.flotilla.sharding.link.LinkTransport.Connection;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LinkTest {
  private ServerSocket server;
  private StageAddress address;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
    address = new StageAddress(server.getInetAddress().getHostAddress(), server.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void framesArriveInOrderUntilOneEndCloses() throws Exception {
    CompletableFuture<Link> accepted = accept();
    Recorder recorder = new Recorder();
    try (Link sender = Link.connect(LinkTransport.plain(), address, "test")) {
      Link receiver = accepted.get();
      receiver.start(recorder);
      sender.start(new Recorder());
      for (int slot = 0; slot < 100; slot++) {
        sender.send(new LinkFrame.Close(slot));
      }
      for (int slot = 0; slot < 100; slot++) {
        assertThat(recorder.frames.poll(30, TimeUnit.SECONDS)).isEqualTo(new LinkFrame.Close(slot));
      }
    }
    assertThat(recorder.ended.get(30, TimeUnit.SECONDS)).contains("EOF");
  }

  @Test
  @SuppressWarnings("BusyWait")
  void bothEndsKnowTheRoundTrip() throws Exception {
    CompletableFuture<Link> accepted = accept();
    try (Link sender = Link.connect(LinkTransport.plain(), address, "test")) {
      Link receiver = accepted.get();
      receiver.start(new Recorder());
      sender.start(new Recorder());
      while (sender.roundTripNanos() == 0 || receiver.roundTripNanos() == 0) {
        Thread.sleep(5);
      }
      assertThat(sender.roundTripNanos()).isPositive();
    }
  }

  @Test
  void anEndThatFallsSilentIsNoticed() throws Exception {
    CompletableFuture<Link> accepted = accept();
    Link silent = Link.connect(LinkTransport.plain(), address, "silent");
    Recorder recorder = new Recorder();
    accepted.get().start(recorder);
    assertThat(recorder.ended.get(30, TimeUnit.SECONDS)).contains("nothing heard");
    silent.close();
  }

  @Test
  void anEndThatFallsSilentIsNoticedWhileNothingCanBeSent() throws Exception {
    CompletableFuture<Link> accepted = accept();
    Socket tcp = new Socket(server.getInetAddress(), server.getLocalPort());
    CountDownLatch room = new CountDownLatch(1);
    Link link = Link.over(new Connection(tcp, new FullSocket(tcp, room)), "full");
    Link silent = accepted.get();
    Recorder recorder = new Recorder();
    link.start(recorder);
    try {
      assertThat(recorder.ended.get(30, TimeUnit.SECONDS)).contains("nothing heard");
    } finally {
      room.countDown();
      silent.close();
    }
  }

  @Test
  void aTlsRecordMayComeInPieces(@TempDir Path folder) throws Exception {
    LinkTransport ours = LinkTransport.secured(new Named(TestingTls.context(folder, "ours")));
    CompletableFuture<Link> accepted = accept(ours);
    Recorder recorder = new Recorder();
    try (Dribble dribble = new Dribble(address)) {
      StageAddress own = new StageAddress("ours", address.host(), dribble.port());
      try (Link sender = Link.connect(ours, own, "slow")) {
        accepted.get().start(recorder);
        sender.start(new Recorder());
        dribble.slow = true;
        for (int slot = 0; slot < 2; slot++) {
          sender.send(new LinkFrame.Close(slot));
          assertThat(recorder.frames.poll(30, TimeUnit.SECONDS))
              .isEqualTo(new LinkFrame.Close(slot));
        }
      }
    }
  }

  @Test
  void strangersAreRefusedBeforeAnyFrame() throws Exception {
    CompletableFuture<Link> accepted = accept();
    try (Socket stranger = new Socket(server.getInetAddress(), server.getLocalPort())) {
      stranger
          .getOutputStream()
          .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThatThrownBy(accepted::get).hasCauseInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void underTlsOnlyTheTrustedAreHeard(@TempDir Path folder) throws Exception {
    LinkTransport ours = LinkTransport.secured(new Named(TestingTls.context(folder, "ours")));
    LinkTransport theirs = LinkTransport.secured(new Named(TestingTls.context(folder, "theirs")));
    address = new StageAddress("ours", address.host(), address.port());

    CompletableFuture<Link> accepted = accept(ours);
    Recorder recorder = new Recorder();
    try (Link sender = Link.connect(ours, address, "trusted")) {
      accepted.get().start(recorder);
      sender.send(new LinkFrame.Close(7));
      assertThat(recorder.frames.poll(30, TimeUnit.SECONDS)).isEqualTo(new LinkFrame.Close(7));
    }

    CompletableFuture<Link> refused = accept(ours);
    assertThatThrownBy(() -> Link.connect(theirs, address, "stranger"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(refused::get).hasCauseInstanceOf(IOException.class);

    CompletableFuture<Link> plain = accept(ours);
    assertThatThrownBy(() -> Link.connect(LinkTransport.plain(), address, "plain"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(plain::get).hasCauseInstanceOf(IOException.class);
  }

  @Test
  void onlyTheNodeThatWasCalledIsLinked(@TempDir Path folder) throws Exception {
    LinkTransport ours = LinkTransport.secured(new Named(TestingTls.context(folder, "ours")));
    var _ = accept(ours);
    StageAddress another = new StageAddress("another", address.host(), address.port());
    assertThatThrownBy(() -> Link.connect(ours, another, "misled"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("node ours answers where node another should");
  }

  @Test
  void linksToWhoIsBelievedNoMoreAreClosed(@TempDir Path folder) throws Exception {
    SSLContext context = TestingTls.context(folder, "ours");
    Named security = new Named(context);
    LinkTransport wary = LinkTransport.secured(security);
    CompletableFuture<Link> accepted = accept(LinkTransport.secured(new Named(context)));
    StageAddress own = new StageAddress("ours", address.host(), address.port());
    try (Link sender = Link.connect(wary, own, "for now")) {
      Recorder there = new Recorder();
      Recorder here = new Recorder();
      accepted.get().start(there);
      sender.start(here);
      wary.recheck();
      sender.send(new LinkFrame.Close(7));
      assertThat(there.frames.poll(30, TimeUnit.SECONDS)).isEqualTo(new LinkFrame.Close(7));

      security.believed = false;
      wary.recheck();
      assertThat(here.ended.get(30, TimeUnit.SECONDS)).contains("closed");
      assertThat(there.ended.get(30, TimeUnit.SECONDS)).isNotBlank();
    }
  }

  /** Takes the preamble, and nothing more until there is room. */
  private static final class FullSocket extends Socket {
    private final Socket tcp;
    private final CountDownLatch room;

    FullSocket(Socket tcp, CountDownLatch room) {
      this.tcp = tcp;
      this.room = room;
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return tcp.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      return new FilterOutputStream(tcp.getOutputStream()) {
        private boolean greeted;

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          if (greeted) {
            try {
              room.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
          out.write(bytes, offset, length);
          greeted = true;
        }
      };
    }
  }

  /** Calls nodes what their certificates do. */
  private static final class Named implements LinkSecurity {
    private final SSLContext context;
    private volatile boolean believed = true;

    Named(SSLContext context) {
      this.context = context;
    }

    @Override
    public SSLContext context() {
      return context;
    }

    @Override
    public String peer(SSLSession session) throws IOException {
      if (!believed) {
        throw new IOException("not believed");
      }
      return session.getPeerPrincipal().getName().substring("CN=".length());
    }
  }

  private CompletableFuture<Link> accept() {
    return accept(LinkTransport.plain());
  }

  private CompletableFuture<Link> accept(LinkTransport transport) {
    CompletableFuture<Link> accepted = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            accepted.complete(Link.accept(transport, server.accept(), "accepted"));
          } catch (IOException e) {
            accepted.completeExceptionally(e);
          }
        });
    return accepted;
  }

  /** A relay that can let what the caller sends pass in small pieces, longer apart than a look. */
  private static final class Dribble implements AutoCloseable {
    private final ServerSocket front = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private volatile boolean slow;

    Dribble(StageAddress called) throws IOException {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket caller = front.accept();
                Socket there = new Socket(called.host(), called.port())) {
              caller.setTcpNoDelay(true);
              there.setTcpNoDelay(true);
              Thread back = Thread.ofVirtual().start(() -> pass(there, caller, false));
              pass(caller, there, true);
              back.join();
            } catch (IOException | InterruptedException e) {
              throw new AssertionError(e);
            }
          });
    }

    int port() {
      return front.getLocalPort();
    }

    /** Passes on until either end is closed, which the links notice. */
    private void pass(Socket from, Socket to, boolean inPieces) {
      byte[] bytes = new byte[1 << 16];
      try (from;
          to) {
        int count = from.getInputStream().read(bytes);
        while (count > 0) {
          int piece = inPieces && slow ? 15 : count;
          for (int at = 0; at < count; at += piece) {
            to.getOutputStream().write(bytes, at, Math.min(piece, count - at));
            if (piece < count) {
              Thread.sleep(30);
            }
          }
          count = from.getInputStream().read(bytes);
        }
      } catch (IOException | InterruptedException e) {
        // The links see that the connection is closed.
      }
    }

    @Override
    public void close() throws IOException {
      front.close();
    }
  }

  private static final class Recorder implements Link.Listener {
    private final LinkedBlockingQueue<LinkFrame> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();

    @Override
    public void received(LinkFrame frame) {
      frames.add(frame);
    }

    @Override
    public void ended(String reason) {
      ended.complete(reason);
    }
  }
}
