package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A model on disk: one GGUF file, or all parts of a split one, which agree with each other.
 *
 * @param files the parts in order, at least one; the first has the model's metadata
 */
public record GgufModel(List<GgufFile> files) {
  static final String SPLIT_NUMBER = "split.no";
  static final String SPLIT_COUNT = "split.count";
  static final String SPLIT_TENSORS = "split.tensors.count";

  public GgufModel {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("a model has at least one file");
    }
  }

  /**
   * Reads a model's headers. Any part of a split model stands for all of them.
   *
   * @throws GgufException if a file is not a valid GGUF file, or parts are missing or disagree
   * @throws IOException if a file cannot be read
   */
  public static GgufModel read(Path path) throws IOException {
    GgufFile file = GgufReader.read(path);
    int parts = (int) file.metadata().whole(SPLIT_COUNT, ValueType.U16).orElse(0);
    if (parts <= 1) {
      return new GgufModel(List.of(file));
    }
    SplitName name =
        SplitName.parse(path.getFileName().toString())
            .filter(split -> split.count() == parts)
            .orElseThrow(() ->
                badSplit(
                    "%s is one of %d parts of a model, but is not named like one"
                        .formatted(path, parts)));
    List<GgufFile> files = new ArrayList<>();
    for (Path sibling : name.siblings(path)) {
      files.add(readPart(sibling, files.size(), parts));
    }
    GgufModel model = new GgufModel(files);
    model.checkTensors();
    return model;
  }

  /** The model's keys and values: those of the first file. */
  public Metadata metadata() {
    return files.getFirst().metadata();
  }

  /** All tensors, part by part in the order of their data. */
  public Stream<TensorInfo> tensors() {
    return files.stream().flatMap(file -> file.tensors().values().stream());
  }

  /** A tensor of any part. */
  public Optional<TensorInfo> tensor(String name) {
    return files.stream().flatMap(file -> file.tensor(name).stream()).findFirst();
  }

  /** Size of all files. */
  public long fileBytes() {
    return files.stream().mapToLong(GgufFile::fileBytes).sum();
  }

  private static GgufFile readPart(Path path, int number, int parts) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw badSplit("part %d of %d is missing: %s".formatted(number + 1, parts, path));
    }
    GgufFile file = GgufReader.read(path);
    requireEqual(path, SPLIT_COUNT, parts, file.metadata().whole(SPLIT_COUNT, ValueType.U16));
    requireEqual(path, SPLIT_NUMBER, number, file.metadata().whole(SPLIT_NUMBER, ValueType.U16));
    return file;
  }

  private void checkTensors() throws GgufException {
    Set<String> names = new HashSet<>();
    for (GgufFile file : files) {
      for (String name : file.tensors().keySet()) {
        if (!names.add(name)) {
          throw new GgufException(
              Cause.DUPLICATE_TENSOR,
              "tensor '%s' in %s is also in an earlier part".formatted(name, file.path()));
        }
      }
    }
    requireEqual(
        files.getFirst().path(),
        SPLIT_TENSORS,
        names.size(),
        metadata().whole(SPLIT_TENSORS, ValueType.I32));
  }

  private static void requireEqual(Path path, String key, long expected, OptionalLong found)
      throws GgufException {
    if (found.isEmpty() || found.getAsLong() != expected) {
      throw badSplit(
          "key '%s' of %s is %s, expected %d"
              .formatted(key, path, found.isPresent() ? found.getAsLong() : "missing", expected));
    }
  }

  private static GgufException badSplit(String message) {
    return new GgufException(Cause.BAD_SPLIT, message);
  }
}
