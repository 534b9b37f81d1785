package dev.flotilla.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.flotilla.node.discovery.Candidate.Source;
import dev.flotilla.tokens.PeerAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RememberedPeersTest {
  private static final PeerAddress OWN = new PeerAddress("127.0.0.1", 5701);

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = folder.resolve("peers");
  }

  private Set<Candidate> read(int expected) throws InterruptedException {
    Set<Candidate> found = ConcurrentHashMap.newKeySet();
    try (RememberedPeers peers = new RememberedPeers(file, 5)) {
      peers.start(OWN, found::add);
      Eventually.await(expected + " peers", () -> found.size() >= expected);
    }
    return found;
  }

  private static List<PeerAddress> peers(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> new PeerAddress("10.0.0." + i, 5701)).toList();
  }

  @Test
  void findsWhatItRemembered() throws InterruptedException {
    new RememberedPeers(file)
        .remember(List.of(PeerAddress.parse("10.0.0.7:5701"), PeerAddress.parse("[fd00::2]:1")));
    assertThat(read(2))
        .containsExactlyInAnyOrder(
            new Candidate("10.0.0.7", 5701, Source.REMEMBERED),
            new Candidate("fd00::2", 1, Source.REMEMBERED));
  }

  @Test
  void onlyWhoIsTakenNoteOfMayBeFound() {
    RememberedPeers remembered = new RememberedPeers(file);
    assertThat(remembered.mayFind()).isFalse();
    remembered.remember(peers(1, 2));
    assertThat(remembered.mayFind()).isTrue();
  }

  @Test
  void keepsTheNewestOfTooMany() throws InterruptedException, IOException {
    RememberedPeers remembered = new RememberedPeers(file);
    remembered.remember(peers(1, 60));
    remembered.remember(peers(100, 120));
    assertThat(read(RememberedPeers.MAX_PEERS))
        .hasSize(RememberedPeers.MAX_PEERS)
        .extracting(Candidate::address)
        .containsAll(peers(100, 120));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void nobodyElseReadsTheFile() throws IOException {
    assumeTrue(file.getFileSystem().supportedFileAttributeViews().contains("posix"));
    new RememberedPeers(file).remember(peers(1, 2));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void leavesOutSpoiledLines() throws IOException, InterruptedException {
    Files.writeString(file, "10.0.0.1:5701\n\nnonsense\nname.example:5701\n10.0.0.2:5701");
    assertThat(read(2)).hasSize(2);
  }

  @Test
  void endureAnyFile() throws IOException, InterruptedException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    byte[] noise = new byte[10 * RememberedPeers.MAX_FILE_BYTES];
    new Random(seed).nextBytes(noise);
    Files.write(file, noise);
    RememberedPeers remembered = new RememberedPeers(file);
    remembered.remember(peers(1, 2));
    assertThat(Files.size(file)).isLessThan(RememberedPeers.MAX_FILE_BYTES);
    assertThat(read(1)).contains(new Candidate("10.0.0.1", 5701, Source.REMEMBERED));
  }
}
