package dev.flotilla.node.discovery;

import dev.flotilla.tokens.PeerAddress;
import dev.flotilla.tokens.TokenException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Peers that were members before, in a file of one address a line. A node that starts again finds
 * its swarm even where nothing else leads there.
 */
public final class RememberedPeers implements PeerSource {
  private static final Logger log = LoggerFactory.getLogger(RememberedPeers.class);

  static final int MAX_PEERS = 64;
  static final int MAX_FILE_BYTES = 32 << 10;

  /** The listener forgets what it does not hear of for long. */
  private static final long REPEAT_EVERY_MILLIS = 60_000;

  private final Path file;
  private final long pauseMillis;
  private @Nullable Repeating reading;

  /**
   * Peers of a file.
   *
   * @param file in a folder that exists; need not exist itself
   */
  public RememberedPeers(Path file) {
    this(file, REPEAT_EVERY_MILLIS);
  }

  RememberedPeers(Path file, long pauseMillis) {
    this.file = file;
    this.pauseMillis = pauseMillis;
  }

  @Override
  public Candidate.Source source() {
    return Candidate.Source.REMEMBERED;
  }

  @Override
  public synchronized void start(PeerAddress own, Consumer<Candidate> listener) {
    reading = Repeating.start("discovery-remembered", pauseMillis, () -> read().forEach(listener));
  }

  @Override
  public boolean mayFind() {
    return !read().isEmpty();
  }

  /**
   * Remembers the peers that are members now, and those of before behind them, {@value #MAX_PEERS}
   * in all. Blocks for the disk. A full disk is logged; the old file stays then.
   *
   * @param members with IP addresses; others are left out
   */
  public synchronized void remember(Collection<PeerAddress> members) {
    List<Candidate> known = read();
    String lines =
        Stream.concat(members.stream(), known.stream().map(Candidate::address))
            .filter(peer -> candidate(peer.toString()).isPresent())
            .distinct()
            .limit(MAX_PEERS)
            .map(peer -> peer + "\n")
            .collect(Collectors.joining());
    try {
      replace(lines);
    } catch (IOException problem) {
      log.warn("peers are not remembered: {}", problem.toString());
    }
  }

  private void replace(String lines) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    OwnerOnly.create(temporary);
    try (FileChannel out = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(lines);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private List<Candidate> read() {
    try (InputStream in = Files.newInputStream(file)) {
      String text = new String(in.readNBytes(MAX_FILE_BYTES), StandardCharsets.UTF_8);
      return text.lines().flatMap(line -> candidate(line).stream()).limit(MAX_PEERS).toList();
    } catch (NoSuchFileException nothingYet) {
      return List.of();
    } catch (IOException problem) {
      log.warn("{} can't be read: {}", file, problem.toString());
      return List.of();
    }
  }

  /** A line that somebody spoiled is left out. */
  private static Optional<Candidate> candidate(String line) {
    try {
      PeerAddress peer = PeerAddress.parse(line.strip());
      return Optional.of(new Candidate(peer.host(), peer.port(), Candidate.Source.REMEMBERED));
    } catch (TokenException | IllegalArgumentException spoiled) {
      return Optional.empty();
    }
  }

  @Override
  public synchronized void close() {
    if (reading != null) {
      reading.close();
    }
  }
}
