package dev.flotilla.node;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.gguf.GgufException;
import dev.flotilla.node.federation.ModelFingerprint;
import dev.flotilla.node.instances.InstanceHost;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.node.topology.ModelOffer;
import dev.flotilla.node.topology.NodeReport;
import dev.flotilla.node.trials.LayerSample;
import dev.flotilla.sharding.plan.ModelShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model files that a node has: those that it was started with, and those in its models folder,
 * which may come and go. Any thread; one at a time scans.
 */
final class ModelLibrary {
  private static final Logger log = LoggerFactory.getLogger(ModelLibrary.class);

  private final Optional<LibraryOptions> options;
  private final ShardingRules rules;
  private final Set<Path> unusable = new HashSet<>();
  private volatile Map<String, Book> served = Map.of();
  private volatile Map<String, Book> found = Map.of();

  /**
   * A model's file.
   *
   * @param engine how it is run
   * @param shape what placing it depends on
   * @param digest of its contents
   * @param sample of its layers, if it may be cut
   */
  record Book(
      ModelFile file,
      EngineOptions engine,
      Stamp stamp,
      ModelShape shape,
      String digest,
      Optional<LayerSample> sample) {
    ModelOffer offer(boolean isServed) {
      return new ModelOffer(
          file.card().id(),
          file.card().layers(),
          file.card().bytes(),
          digest,
          ShardingRules.context(file, engine),
          engine.slots(),
          isServed);
    }
  }

  /** By which a file is known that was read before. */
  private record Stamp(Path path, long bytes, long modifiedMillis) {
    static Stamp of(Path path) throws IOException {
      return new Stamp(path, Files.size(path), Files.getLastModifiedTime(path).toMillis());
    }
  }

  /**
   * An empty library.
   *
   * @param options where files are found; empty for nowhere
   * @param rules which models may be cut
   */
  ModelLibrary(Optional<LibraryOptions> options, ShardingRules rules) {
    this.options = options;
    this.rules = rules;
  }

  /** Takes in the models that the node was started with, and looks at the folder. Blocks. */
  synchronized void open(List<OwnModel> models, List<ModelOptions> how) {
    Map<String, Book> books = new LinkedHashMap<>();
    for (int i = 0; i < models.size(); i++) {
      ModelFile file = models.get(i).file();
      book(file, how.get(i).engine()).ifPresent(book -> books.put(file.card().id(), book));
    }
    served = Map.copyOf(books);
    scan();
  }

  /** Looks what has come and gone. Blocks on the disk. */
  synchronized void scan() {
    if (options.isEmpty()) {
      return;
    }
    Map<Stamp, Book> known =
        found.values().stream().collect(Collectors.toMap(Book::stamp, book -> book));
    Map<String, Book> books = new LinkedHashMap<>();
    for (Path path : files()) {
      if (books.size() + served.size() < NodeReport.MAX_MODELS) {
        book(path, known).ifPresent(book -> books.putIfAbsent(book.file().card().id(), book));
      }
    }
    found = Map.copyOf(books);
  }

  private List<Path> files() {
    try {
      return new ModelFiles(options.orElseThrow().folder()).list();
    } catch (IOException e) {
      log.warn("the models folder can't be read: {}", e.toString());
      return List.of();
    }
  }

  private Optional<Book> book(Path path, Map<Stamp, Book> known) {
    try {
      Book before = known.get(Stamp.of(path));
      if (before != null) {
        return Optional.of(before);
      }
      EngineOptions engine = options.orElseThrow().engine().withModel(path);
      return book(ModelFile.read(ModelFiles.defaultId(path), path), engine);
    } catch (IOException | EngineException e) {
      if (unusable.add(path)) {
        log.warn("the swarm is not offered {}: {}", path, e.getMessage());
      }
      return Optional.empty();
    }
  }

  private Optional<Book> book(ModelFile file, EngineOptions engine) {
    String id = file.card().id();
    try {
      ModelShape shape = shape(file, engine);
      return Optional.of(
          new Book(
              file,
              engine,
              Stamp.of(engine.model()),
              shape,
              ModelFingerprint.of(file.model()),
              LayerSample.of(shape, file.model())));
    } catch (IOException e) {
      log.warn("the swarm is not offered model {}: {}", id, e.getMessage());
      return Optional.empty();
    }
  }

  private ModelShape shape(ModelFile file, EngineOptions engine) throws GgufException {
    boolean isCut = rules.allows(file) && !engine.embeddingsOnly() && !file.card().embeddingsOnly();
    String id = file.card().id();
    return isCut
        ? ModelShape.of(id, file.model())
        : ModelShape.of(id, file.facts(), new TreeSet<>());
  }

  /** What the swarm is told. */
  List<ModelOffer> offers() {
    Map<String, ModelOffer> offers = new HashMap<>();
    found.forEach((id, book) -> offers.put(id, book.offer(false)));
    served.forEach((id, book) -> offers.put(id, book.offer(true)));
    return List.copyOf(offers.values());
  }

  /** What the node may drive for the swarm. */
  InstanceHost.Files drivable() {
    Map<String, String> digests = new HashMap<>();
    found.forEach((id, book) -> digests.put(id, book.digest()));
    return new InstanceHost.Files(digests, served.keySet());
  }

  /** A file in the folder. */
  Optional<Book> find(String modelId) {
    return Optional.ofNullable(found.get(modelId));
  }

  /** The shapes of all models here, by name. */
  Map<String, ModelShape> shapes() {
    Map<String, ModelShape> shapes = new HashMap<>();
    found.forEach((id, book) -> shapes.put(id, book.shape()));
    served.forEach((id, book) -> shapes.put(id, book.shape()));
    return shapes;
  }

  /** The shape of a file here, by its digest. */
  Optional<ModelShape> shapeOf(String digest) {
    return byDigest(digest).map(Book::shape);
  }

  /** Layers of a file here, by its digest; empty also if it may not be cut. */
  Optional<LayerSample> sampleOf(String digest) {
    return byDigest(digest).flatMap(Book::sample);
  }

  private Optional<Book> byDigest(String digest) {
    return Stream.concat(served.values().stream(), found.values().stream())
        .filter(book -> book.digest().equals(digest))
        .findFirst();
  }
}
