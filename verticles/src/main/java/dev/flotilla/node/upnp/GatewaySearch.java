package dev.flotilla.node.upnp;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the router of a network, by SSDP. */
final class GatewaySearch {
  private static final Logger log = LoggerFactory.getLogger(GatewaySearch.class);

  /** Where devices listen (UPnP Device Architecture 1.0, section 1.2.2). */
  static final InetSocketAddress SSDP =
      new InetSocketAddress(InetAddress.ofLiteral("239.255.255.250"), 1900);

  private static final List<String> DEVICES =
      List.of(
          "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
          "urn:schemas-upnp-org:device:InternetGatewayDevice:2");

  private static final int WAIT_SECONDS = 2;
  private static final int MAX_ANSWERS = 32;
  private static final int MAX_ANSWER_BYTES = 2048;
  private static final int HOPS = 4;

  private final HttpClient http;
  private final InetSocketAddress devices;

  /**
   * @param devices where they are asked
   */
  GatewaySearch(HttpClient http, InetSocketAddress devices) {
    this.http = http;
    this.devices = devices;
  }

  /**
   * The first router that answers and maps ports. Blocks for seconds.
   *
   * @param own the address of this machine on the network that is meant
   */
  Optional<Gateway> find(InetAddress own) throws IOException, InterruptedException {
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(own, 0))) {
      NetworkInterface card = NetworkInterface.getByInetAddress(own);
      if (card != null) {
        socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, card);
      }
      socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
      for (String device : DEVICES) {
        byte[] question = question(device).getBytes(StandardCharsets.US_ASCII);
        socket.send(new DatagramPacket(question, question.length, devices));
      }
      return firstOf(socket);
    }
  }

  private String question(String device) {
    return String.join(
        "\r\n",
        "M-SEARCH * HTTP/1.1",
        "HOST: " + SSDP.getAddress().getHostAddress() + ":" + SSDP.getPort(),
        "MAN: \"ssdp:discover\"",
        "MX: " + WAIT_SECONDS,
        "ST: " + device,
        "",
        "");
  }

  private Optional<Gateway> firstOf(DatagramSocket socket)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS + 1L);
    Set<URI> seen = new HashSet<>();
    for (int answers = 0; answers < MAX_ANSWERS; answers++) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return Optional.empty();
      }
      socket.setSoTimeout((int) left);
      DatagramPacket answer = new DatagramPacket(new byte[MAX_ANSWER_BYTES], MAX_ANSWER_BYTES);
      try {
        socket.receive(answer);
      } catch (SocketTimeoutException nobody) {
        return Optional.empty();
      }
      Optional<URI> description =
          description(
              new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII),
              answer.getAddress());
      if (description.isPresent() && seen.add(description.get())) {
        Optional<Gateway> gateway = describedAt(description.get());
        if (gateway.isPresent()) {
          return gateway;
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Where the device that answers so is described: at its own address, or the answer counts for
   * nothing. Pure.
   */
  static Optional<URI> description(String answer, InetAddress from) {
    List<String> lines = answer.lines().toList();
    if (lines.isEmpty() || !lines.getFirst().matches("HTTP/1\\.[01] 200( .*)?")) {
      return Optional.empty();
    }
    return lines.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("location:"))
        .map(line -> line.substring("location:".length()).strip())
        .flatMap(location -> uri(location).stream())
        .filter(uri -> "http".equals(uri.getScheme()))
        .filter(uri -> from.getHostAddress().equals(uri.getHost()))
        .findFirst();
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.of(URI.create(text));
    } catch (IllegalArgumentException nonsense) {
      return Optional.empty();
    }
  }

  private Optional<Gateway> describedAt(URI description) throws InterruptedException {
    try {
      return Optional.of(Gateway.describedAt(http, description));
    } catch (IOException | UpnpException e) {
      log.debug("the device at {} is of no use: {}", description, e.toString());
      return Optional.empty();
    }
  }
}
