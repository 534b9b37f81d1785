package dev.flotilla.node.upnp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A router on loopback as far as port mappings go, written from the service's specification: SSDP,
 * its description, WANIPConnection:1.
 */
final class FakeGateway implements AutoCloseable {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final String SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1";

  private final DatagramSocket ssdp = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
  private final HttpServer http = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
  private final Map<String, String> mappings = new ConcurrentHashMap<>();
  private volatile boolean onlyPermanent;
  private volatile String externalAddress = "203.0.113.7";

  FakeGateway() throws IOException {
    http.createContext("/description.xml", exchange -> answer(exchange, 200, description()));
    http.createContext("/control", this::control);
    http.start();
    Thread.ofVirtual().start(this::answerSearches);
  }

  /** Where it is asked for. */
  InetSocketAddress devices() {
    return new InetSocketAddress(LOOPBACK, ssdp.getLocalPort());
  }

  /** What it maps: for {@code TCP 80} who that leads to, {@code ADDRESS:PORT for SECONDS}. */
  Map<String, String> mappings() {
    return Map.copyOf(mappings);
  }

  /** Has it refuse mappings that end by themselves. */
  void acceptOnlyPermanent() {
    onlyPermanent = true;
  }

  /** The address that it says it has outside. */
  void setExternalAddress(String address) {
    externalAddress = address;
  }

  /** Somebody else has a port. */
  void occupy(String port, String client) {
    mappings.put(port, client);
  }

  private void answerSearches() {
    try {
      while (!ssdp.isClosed()) {
        DatagramPacket question = new DatagramPacket(new byte[2048], 2048);
        ssdp.receive(question);
        String text =
            new String(question.getData(), 0, question.getLength(), StandardCharsets.US_ASCII);
        if (text.startsWith("M-SEARCH * HTTP/1.1\r\n")
            && text.contains("MAN: \"ssdp:discover\"")
            && text.contains("InternetGatewayDevice:1\r\n")) {
          byte[] answer =
              ("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nLocation: http://127.0.0.1:"
                      + http.getAddress().getPort()
                      + "/description.xml\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII);
          ssdp.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
        }
      }
    } catch (IOException closed) {
      // As it should be.
    }
  }

  private static String description() {
    return """
    <?xml version="1.0"?>
    <root xmlns="urn:schemas-upnp-org:device-1-0"><device>
    <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
    <serviceList><service>
    <serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>
    <controlURL>/other</controlURL>
    </service></serviceList>
    <deviceList><device><serviceList><service>
    <serviceType>%s</serviceType><controlURL>/control</controlURL>
    </service></serviceList></device></deviceList>
    </device></root>
    """
        .formatted(SERVICE);
  }

  private void control(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String action = exchange.getRequestHeaders().getFirst("soapaction");
    String port = argument(body, "NewProtocol") + " " + argument(body, "NewExternalPort");
    switch (action.substring(action.indexOf('#') + 1, action.length() - 1)) {
      case "AddPortMapping" -> add(exchange, port, body);
      case "DeletePortMapping" -> {
        if (mappings.remove(port) == null) {
          fault(exchange, 714, "NoSuchEntryInArray");
        } else {
          answer(
              exchange, 200, envelope("<u:DeletePortMappingResponse xmlns:u='" + SERVICE + "'/>"));
        }
      }
      case "GetExternalIPAddress" ->
          answer(
              exchange,
              200,
              envelope("<NewExternalIPAddress>" + externalAddress + "</NewExternalIPAddress>"));
      default -> fault(exchange, 401, "Invalid Action");
    }
  }

  private void add(HttpExchange exchange, String port, String body) throws IOException {
    String lease = argument(body, "NewLeaseDuration");
    String client = argument(body, "NewInternalClient") + ":" + argument(body, "NewInternalPort");
    String before = mappings.get(port);
    if (before != null && !before.startsWith(client + " ")) {
      fault(exchange, 718, "ConflictInMappingEntry");
    } else if (onlyPermanent && !lease.equals("0")) {
      fault(exchange, 725, "OnlyPermanentLeasesSupported");
    } else {
      mappings.put(port, client + " for " + lease);
      answer(exchange, 200, envelope("<u:AddPortMappingResponse xmlns:u='" + SERVICE + "'/>"));
    }
  }

  private static String argument(String body, String name) {
    Matcher found = Pattern.compile("<" + name + ">([^<]*)</" + name + ">").matcher(body);
    return found.find() ? found.group(1) : "";
  }

  private static void fault(HttpExchange exchange, int code, String description)
      throws IOException {
    answer(
        exchange,
        500,
        envelope(
            """
            <s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>
            <UPnPError xmlns="urn:schemas-upnp-org:control-1-0">
            <errorCode>%d</errorCode><errorDescription>%s</errorDescription>
            </UPnPError></detail></s:Fault>\
            """
                .formatted(code, description)));
  }

  private static String envelope(String body) {
    return "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
        + body
        + "</s:Body></s:Envelope>";
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    ssdp.close();
    http.stop(0);
  }
}
