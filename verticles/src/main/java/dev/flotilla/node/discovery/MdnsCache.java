package dev.flotilla.node.discovery;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.DNSCache;
import javax.jmdns.impl.DNSRecord;
import javax.jmdns.impl.constants.DNSRecordClass;
import javax.jmdns.impl.constants.DNSRecordType;

/**
 * What JmDNS has heard of the services of one type and what is still valid of it.
 *
 * <p>JmDNS' events alone miss services: one whose first record arrives before there is a listener
 * and whose others arrive after is in its cache, and stays there for an hour, but no event tells of
 * it. Thread-safe.
 *
 * @param cache of a JmDNS instance
 * @param serviceType with its domain and a dot at the end
 */
record MdnsCache(DNSCache cache, String serviceType) {
  /**
   * A service that all is known of.
   *
   * @param text the keys and values that were announced with it
   * @param addresses of the host that it is on, not empty
   */
  record Service(int port, ServiceInfo text, List<InetAddress> addresses) {
    Service {
      addresses = List.copyOf(addresses);
    }
  }

  /** The instance names that were announced. */
  List<String> names() {
    return valid(serviceType, DNSRecordType.TYPE_PTR).map(ServiceInfo::getName).toList();
  }

  /** The service of that instance name; empty as long as a part of it was not heard. */
  Optional<Service> service(String name) {
    String qualified = name + "." + serviceType;
    return valid(qualified, DNSRecordType.TYPE_SRV)
        .findFirst()
        .flatMap(where ->
            valid(qualified, DNSRecordType.TYPE_TXT)
                .findFirst()
                .map(text -> new Service(where.getPort(), text, addresses(where.getServer()))))
        .filter(service -> !service.addresses().isEmpty());
  }

  private List<InetAddress> addresses(String host) {
    return Stream.of(DNSRecordType.TYPE_A, DNSRecordType.TYPE_AAAA)
        .flatMap(type -> valid(host, type))
        .flatMap(info -> Stream.of(info.getInetAddresses()))
        .toList();
  }

  private Stream<ServiceInfo> valid(String name, DNSRecordType type) {
    long nowMillis = System.currentTimeMillis();
    return cache.getDNSEntryList(name, type, DNSRecordClass.CLASS_IN).stream()
        .map(DNSRecord.class::cast)
        .filter(entry -> !entry.isExpired(nowMillis))
        .map(DNSRecord::getServiceInfo);
  }
}
