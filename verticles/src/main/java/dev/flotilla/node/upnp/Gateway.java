package dev.flotilla.node.upnp;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A router's service that maps ports. Calls block, for seconds at most. */
final class Gateway {
  private static final List<String> SERVICES =
      List.of(
          "urn:schemas-upnp-org:service:WANIPConnection:2",
          "urn:schemas-upnp-org:service:WANIPConnection:1",
          "urn:schemas-upnp-org:service:WANPPPConnection:1");
  private static final Duration TIMEOUT = Duration.ofSeconds(4);
  private static final int MAX_BYTES = 256 * 1024;
  private static final int SERVER_ERROR = 500;

  private final HttpClient http;
  private final String service;
  private final URI control;

  private Gateway(HttpClient http, String service, URI control) {
    this.http = http;
    this.service = service;
    this.control = control;
  }

  /**
   * Reads the description of a device.
   *
   * @param description its URL; the control URL must be of the same host
   * @throws UpnpException if the device maps no ports
   */
  static Gateway describedAt(HttpClient http, URI description)
      throws UpnpException, IOException, InterruptedException {
    HttpResponse<InputStream> answer =
        http.send(
            HttpRequest.newBuilder(description).timeout(TIMEOUT).build(),
            BodyHandlers.ofInputStream());
    List<DeviceXml.Service> offered = DeviceXml.parse(bounded(answer)).services();
    for (String wanted : SERVICES) {
      for (DeviceXml.Service service : offered) {
        if (service.type().equals(wanted)) {
          return new Gateway(http, wanted, controlUrl(description, service.controlUrl()));
        }
      }
    }
    throw new UpnpException("it does not map ports");
  }

  /** Whoever answers on the network must not send this node to somebody else. */
  private static URI controlUrl(URI description, String written) throws UpnpException {
    try {
      URI control = description.resolve(written);
      if (!description.getHost().equals(control.getHost()) || !"http".equals(control.getScheme())) {
        throw new UpnpException("its control URL is elsewhere: " + control);
      }
      return control;
    } catch (IllegalArgumentException e) {
      throw new UpnpException("its control URL is none: " + e.getMessage());
    }
  }

  private static String bounded(HttpResponse<InputStream> answer)
      throws IOException, UpnpException {
    try (InputStream body = answer.body()) {
      byte[] bytes = body.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new UpnpException("it answers with more than " + MAX_BYTES + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Its host. */
  String host() {
    return control.getHost();
  }

  /** The address that it has outside; empty if it does not know. */
  Optional<String> externalAddress() throws UpnpException, IOException, InterruptedException {
    return call("GetExternalIPAddress", Map.of())
        .text("NewExternalIPAddress")
        .filter(address -> !address.isEmpty());
  }

  /**
   * Maps a port, or goes on doing so.
   *
   * @param inside address of the machine that it leads to
   * @param leaseSeconds for how long; 0 until it is removed
   */
  void add(PortMapping mapping, String inside, int leaseSeconds)
      throws UpnpException, IOException, InterruptedException {
    Map<String, String> arguments = named(mapping);
    arguments.put("NewInternalPort", Integer.toString(mapping.port()));
    arguments.put("NewInternalClient", inside);
    arguments.put("NewEnabled", "1");
    arguments.put("NewPortMappingDescription", "Flotilla");
    arguments.put("NewLeaseDuration", Integer.toString(leaseSeconds));
    DeviceXml _ = call("AddPortMapping", arguments);
  }

  /** Maps a port no more. */
  void remove(PortMapping mapping) throws UpnpException, IOException, InterruptedException {
    DeviceXml _ = call("DeletePortMapping", named(mapping));
  }

  private static Map<String, String> named(PortMapping mapping) {
    Map<String, String> arguments = new LinkedHashMap<>();
    arguments.put("NewRemoteHost", "");
    arguments.put("NewExternalPort", Integer.toString(mapping.port()));
    arguments.put("NewProtocol", mapping.transport().name());
    return arguments;
  }

  /** Arguments are numbers, addresses and words: nothing in them needs to be escaped. */
  private DeviceXml call(String action, Map<String, String> arguments)
      throws UpnpException, IOException, InterruptedException {
    StringBuilder body = new StringBuilder();
    arguments.forEach((name, value) -> body.append("<%s>%s</%s>".formatted(name, value, name)));
    String envelope =
        """
        <?xml version="1.0"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" \
        s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">\
        <s:Body><u:%s xmlns:u="%s">%s</u:%s></s:Body></s:Envelope>
        """
            .formatted(action, service, body, action);
    HttpRequest request =
        HttpRequest.newBuilder(control)
            .timeout(TIMEOUT)
            .header("content-type", "text/xml; charset=\"utf-8\"")
            .header("soapaction", "\"" + service + "#" + action + "\"")
            .POST(HttpRequest.BodyPublishers.ofString(envelope))
            .build();
    HttpResponse<InputStream> answer = http.send(request, BodyHandlers.ofInputStream());
    String text = bounded(answer);
    return switch (answer.statusCode()) {
      case 200 -> DeviceXml.parse(text);
      case SERVER_ERROR -> throw refused(DeviceXml.parse(text));
      default -> throw new UpnpException("it answers with status " + answer.statusCode());
    };
  }

  private static UpnpException refused(DeviceXml fault) {
    String description = fault.text("errorDescription").orElse("");
    int code =
        fault
            .text("errorCode")
            .filter(text -> text.matches("[1-9][0-9]{0,5}"))
            .map(Integer::parseInt)
            .orElse(0);
    return code == 0
        ? new UpnpException("it refuses without a reason")
        : new UpnpException(code, description.replaceAll("\\p{Cntrl}", " "));
  }
}
