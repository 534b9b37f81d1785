package dev.flotilla.node.upnp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(60)
class PortMapperTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final List<PortMapping> WANTED =
      List.of(
          new PortMapping(PortMapping.Transport.TCP, 7946),
          new PortMapping(PortMapping.Transport.UDP, 6881));

  private final Logger logger = (Logger) LoggerFactory.getLogger(PortMapper.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final AtomicReference<Optional<InetAddress>> own =
      new AtomicReference<>(Optional.of(LOOPBACK));
  private FakeGateway router;

  @BeforeEach
  void begin() throws Exception {
    router = new FakeGateway();
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void end() {
    logger.detachAppender(log);
    router.close();
  }

  private PortMapper start() {
    return PortMapper.start(own::get, WANTED, router.devices());
  }

  private String said() {
    return List.copyOf(log.list).stream()
        .map(ILoggingEvent::getFormattedMessage)
        .collect(Collectors.joining("\n"));
  }

  @Test
  void portsAreMappedWhileItIsOpen() throws Exception {
    try (PortMapper _ = start()) {
      await(() -> said().contains("lets"));
      assertThat(router.mappings())
          .containsExactlyInAnyOrderEntriesOf(
              Map.of("TCP 7946", "127.0.0.1:7946 for 3600", "UDP 6881", "127.0.0.1:6881 for 3600"));
      assertThat(said())
          .isEqualTo(
              "UPnP: router 127.0.0.1 lets TCP 7946, UDP 6881 through at 203.0.113.7: nodes outside"
                  + " reach this one if it is started with --advertise 203.0.113.7");
    }
    assertThat(router.mappings()).isEmpty();
    assertThat(said()).endsWith("router 127.0.0.1 maps nothing to this machine any more");
  }

  @Test
  void aRouterThatForgetsNothingIsToldToForget() throws Exception {
    router.acceptOnlyPermanent();
    try (PortMapper _ = start()) {
      await(() -> said().contains("lets"));
      assertThat(router.mappings()).containsEntry("TCP 7946", "127.0.0.1:7946 for 0");
    }
    assertThat(router.mappings()).isEmpty();
  }

  @Test
  void aPortOfAnotherMachineIsLeftToIt() throws Exception {
    router.occupy("TCP 7946", "127.0.0.9:7946 for 0");
    try (PortMapper _ = start()) {
      await(() -> said().contains("lets"));
      assertThat(said())
          .contains("router 127.0.0.1 does not map TCP 7946: another machine has this port")
          .contains("lets UDP 6881 through");
    }
    assertThat(router.mappings()).containsOnly(Map.entry("TCP 7946", "127.0.0.9:7946 for 0"));
  }

  @Test
  void aMachineThatMovesTakesItsPortsAlong() throws Exception {
    own.set(Optional.empty());
    try (PortMapper _ = start()) {
      own.set(Optional.of(LOOPBACK));
      await(() -> router.mappings().size() == 2);
      own.set(Optional.of(InetAddress.ofLiteral("127.0.0.2")));
      await(() ->
          router.mappings().values().stream()
                  .filter(client -> client.startsWith("127.0.0.2:"))
                  .count()
              == 2);
    }
    assertThat(router.mappings()).isEmpty();
  }

  @Test
  void whatHelpsNobodyIsSaid() throws Exception {
    router.setExternalAddress("100.64.3.4");
    try (PortMapper _ = start()) {
      await(() -> said().contains("lets"));
      assertThat(said())
          .endsWith("at 100.64.3.4, which is behind another router that knows nothing of it");
    }
  }

  @Test
  void withoutARouterThatIsSaid() throws Exception {
    try (DatagramSocket deaf = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        PortMapper _ =
            PortMapper.start(
                own::get, WANTED, new InetSocketAddress(LOOPBACK, deaf.getLocalPort()))) {
      await(() -> !said().isEmpty());
      assertThat(said()).isEqualTo("UPnP: no router on the network of 127.0.0.1 maps ports");
    }
  }

  @Test
  void whoAnswersSendsNobodyElsewhere() {
    String answer = "HTTP/1.1 200 OK\r\nLOCATION: http://127.0.0.1:80/d.xml\r\n\r\n";
    assertThat(GatewaySearch.description(answer, LOOPBACK))
        .contains(URI.create("http://127.0.0.1:80/d.xml"));
    for (String bad :
        List.of(
            answer.replace("127.0.0.1", "127.0.0.2"),
            answer.replace("127.0.0.1", "example.org"),
            answer.replace("http:", "file:"),
            answer.replace("http://127.0.0.1:80/", "::"),
            answer.replace("200", "404"),
            "",
            "\r\n")) {
      assertThat(GatewaySearch.description(bad, LOOPBACK)).as(bad).isEmpty();
    }
  }

  @Test
  void documentTypesAndNonsenseAreRefused() {
    String bomb = "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>";
    for (String bad : List.of(bomb, "", "<a>", "{}")) {
      assertThatThrownBy(() -> DeviceXml.parse(bad)).isInstanceOf(UpnpException.class);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
      Thread.sleep(10);
    }
  }
}
