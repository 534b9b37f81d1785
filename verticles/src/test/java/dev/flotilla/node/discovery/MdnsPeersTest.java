package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flotilla.node.discovery.Candidate.Source;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import javax.jmdns.impl.DNSOutgoing;
import javax.jmdns.impl.DNSRecord;
import javax.jmdns.impl.JmDNSImpl;
import javax.jmdns.impl.ServiceInfoImpl;
import javax.jmdns.impl.constants.DNSConstants;
import javax.jmdns.impl.constants.DNSRecordClass;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** mDNS for real, on loopback: nodes of one machine. */
class MdnsPeersTest {
  private final String swarm = UUID.randomUUID().toString();
  private final List<PeerSource> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.parallelStream().forEach(PeerSource::close);
  }

  private Set<Candidate> node(String swarmName, String host, int port) {
    MdnsPeers node = new MdnsPeers(TestingKeys.of(swarmName));
    open.add(node);
    Set<Candidate> found = ConcurrentHashMap.newKeySet();
    node.start(new PeerAddress(host, port), found::add);
    return found;
  }

  private static Candidate at(String host, int port) {
    return new Candidate(host, port, Source.MDNS);
  }

  @Test
  void nodesOfOneMachineFindEachOther() throws InterruptedException {
    Set<Candidate> first = node(swarm, "127.0.0.1", 5701);
    Set<Candidate> second = node(swarm, "127.0.0.1", 5702);
    Set<Candidate> third = node(swarm, "::1", 5703);
    Eventually.await(
        "each has found both others",
        () -> first.size() == 2 && second.size() == 2 && third.size() == 2);
    assertThat(first).containsExactlyInAnyOrder(at("127.0.0.1", 5702), at("0:0:0:0:0:0:0:1", 5703));
    assertThat(third).containsExactlyInAnyOrder(at("127.0.0.1", 5701), at("127.0.0.1", 5702));
  }

  @Test
  void anotherSwarmIsNotFound() throws InterruptedException {
    Set<Candidate> stranger = node("another " + swarm, "127.0.0.1", 5704);
    Set<Candidate> first = node(swarm, "127.0.0.1", 5701);
    Set<Candidate> second = node(swarm, "127.0.0.1", 5702);
    Eventually.await("found", () -> !first.isEmpty() && !second.isEmpty());
    assertThat(first).containsExactly(at("127.0.0.1", 5702));
    assertThat(stranger).isEmpty();
  }

  @Test
  void aPeerWhoseAnnouncementArrivesWhileANodeStartsIsFound()
      throws IOException, InterruptedException {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    Set<Candidate> found = ConcurrentHashMap.newKeySet();
    String prefix = HexFormat.of().formatHex(TestingKeys.of(swarm).mdnsHash(), 0, 16) + "-";
    try (JmDNSImpl peer = new JmDNSImpl(loopback, "peer-" + swarm);
        JmDNSImpl own = new JmDNSImpl(loopback, "own-" + swarm)) {
      List<DNSRecord> records = announcement(peer, prefix + "peer", 5702);
      send(peer, records.subList(0, 1));
      MdnsCache heard = new MdnsCache(own.getCache(), MdnsResponder.SERVICE_TYPE);
      Eventually.await("its name is heard", () -> heard.names().contains(prefix + "peer"));
      MdnsResponder.start(own, service(prefix + "own", 5701), prefix, found::add);
      send(peer, records.subList(1, records.size()));
      Eventually.await("it is found", () -> !found.isEmpty());
    }
    assertThat(found).containsExactly(at("127.0.0.1", 5702));
  }

  private static ServiceInfo service(String name, int port) {
    return ServiceInfo.create(MdnsResponder.SERVICE_TYPE, name, port, 0, 0, Map.of("v", "1"));
  }

  /** The records of a service: the one with its name first. */
  private static List<DNSRecord> announcement(JmDNSImpl peer, String name, int port) {
    List<DNSRecord> records =
        new ArrayList<>(
            ((ServiceInfoImpl) service(name, port))
                .answers(
                    DNSRecordClass.CLASS_ANY, true, DNSConstants.DNS_TTL, peer.getLocalHost()));
    records.addAll(
        peer.getLocalHost().answers(DNSRecordClass.CLASS_ANY, true, DNSConstants.DNS_TTL));
    return records;
  }

  private static void send(JmDNSImpl from, List<DNSRecord> records) throws IOException {
    DNSOutgoing out = new DNSOutgoing(DNSConstants.FLAGS_QR_RESPONSE | DNSConstants.FLAGS_AA);
    for (DNSRecord record : records) {
      out.addAnswer(record, 0);
    }
    from.send(out);
  }

  @Test
  void aFloodOfAnnouncementsIsBounded() throws IOException, InterruptedException {
    Set<Candidate> victim = node(swarm, "127.0.0.1", 5701);
    try (JmDNS flood = JmDNS.create(InetAddress.ofLiteral("127.0.0.1"), "flood")) {
      String prefix = HexFormat.of().formatHex(TestingKeys.of(swarm).mdnsHash(), 0, 16) + "-";
      for (int i = 1; i <= MdnsResponder.MAX_SERVICES + 20; i++) {
        flood.registerService(
            ServiceInfo.create(
                MdnsResponder.SERVICE_TYPE,
                prefix + "f" + i,
                i,
                0,
                0,
                Map.of("v", "1", "a", "10.0.0.1")));
      }
      Eventually.await("all the room is taken", () -> victim.size() == MdnsResponder.MAX_SERVICES);
    }
    assertThat(victim).hasSize(MdnsResponder.MAX_SERVICES).allMatch(each -> each.port() != 5701);
  }

  @Test
  void nonsenseInAnAnnouncementIsLeftOut() throws IOException, InterruptedException {
    Set<Candidate> victim = node(swarm, "127.0.0.1", 5701);
    String prefix = HexFormat.of().formatHex(TestingKeys.of(swarm).mdnsHash(), 0, 16) + "-";
    try (JmDNS stranger = JmDNS.create(InetAddress.ofLiteral("127.0.0.1"), "stranger")) {
      List<String> addresses = List.of("a-name.example", "224.0.0.1", "0.0.0.0", "", "10.0.0.9");
      for (String address : addresses) {
        stranger.registerService(
            ServiceInfo.create(
                MdnsResponder.SERVICE_TYPE,
                prefix + addresses.indexOf(address),
                5709,
                0,
                0,
                Map.of("v", "1", "a", address)));
      }
      Eventually.await("the good one is found", () -> !victim.isEmpty());
    }
    assertThat(victim).containsExactly(at("10.0.0.9", 5709));
  }
}
