package dev.flotilla.node.upnp;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Reads what devices write, without entities, document types or anything fetched. */
final class DeviceXml {
  private static final String ANY = "*";

  private final Document document;

  private DeviceXml(Document document) {
    this.document = document;
  }

  /** Reads a document. */
  static DeviceXml parse(String text) throws UpnpException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      return new DeviceXml(builder.parse(new InputSource(new StringReader(text))));
    } catch (SAXException | IOException e) {
      throw new UpnpException("not XML: " + e.getMessage());
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The trimmed text of the first element of a name, in whatever namespace. */
  Optional<String> text(String name) {
    return text(document.getDocumentElement(), name);
  }

  /**
   * A service that a device offers.
   *
   * @param type a URN
   * @param controlUrl as it is written: relative or not
   */
  record Service(String type, String controlUrl) {}

  /** The services of a description, those of devices within devices included. */
  List<Service> services() {
    List<Service> services = new ArrayList<>();
    NodeList elements = document.getElementsByTagNameNS(ANY, "service");
    for (int i = 0; i < elements.getLength(); i++) {
      Node service = elements.item(i);
      if (service instanceof Element element) {
        text(element, "serviceType")
            .ifPresent(type ->
                text(element, "controlURL")
                    .ifPresent(control -> services.add(new Service(type, control))));
      }
    }
    return services;
  }

  private static Optional<String> text(Element within, String name) {
    NodeList found = within.getElementsByTagNameNS(ANY, name);
    return found.getLength() == 0
        ? Optional.empty()
        : Optional.of(found.item(0).getTextContent().strip());
  }
}
