package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.gguf.GgufFile;
import dev.flotilla.gguf.GgufModel;
import dev.flotilla.gguf.ModelFacts;
import dev.flotilla.gguf.TensorInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a model consists of, by content: whoever has the manifest's id can fetch the manifest, and
 * with it every byte of the model, from anybody, and knows whether it is the right one.
 *
 * @param architecture llama.cpp's name of it
 * @param layers of the model
 * @param parameters elements of all tensors
 * @param files the model's GGUF files in order
 * @param tensors of all files, in the order of their data
 */
public record ModelManifest(
    String architecture, int layers, long parameters, List<Part> files, List<Tensor> tensors) {

  static final int MAX_FILES = 1_000;
  static final int MAX_TENSORS = 65_536;
  static final int MAX_HEADER_BYTES = 64 << 20;
  static final int MAX_NAME_LENGTH = 200;
  static final int MAX_LAYERS = 10_000;
  private static final int MAX_DIMENSIONS = 4;

  /**
   * One GGUF file.
   *
   * @param name without a folder
   * @param bytes of the whole file
   * @param headerBytes before its tensors' data
   * @param headerSha256 of these
   */
  public record Part(String name, long bytes, int headerBytes, String headerSha256) {
    public Part {
      require(
          name.matches("[A-Za-z0-9][A-Za-z0-9._+-]*") && name.length() <= MAX_NAME_LENGTH,
          "a file's name");
      require(headerBytes > 0 && headerBytes <= MAX_HEADER_BYTES, "headerBytes of " + name);
      require(bytes >= headerBytes, "bytes of " + name);
      require(Sha256.isDigest(headerSha256), "headerSha256 of " + name);
    }
  }

  /**
   * One tensor.
   *
   * @param name in the model
   * @param file index of the file it is in
   * @param position bytes from the start of that file
   * @param bytes of its data
   * @param type how elements are stored
   * @param shape elements per dimension, fastest-running first
   * @param sha256 of its data
   */
  public record Tensor(
      String name,
      int file,
      long position,
      long bytes,
      GgmlType type,
      List<Long> shape,
      String sha256) {
    public Tensor {
      require(!name.isEmpty() && name.length() <= MAX_NAME_LENGTH, "a tensor's name");
      require(shape.size() <= MAX_DIMENSIONS, "shape of " + name);
      require(file >= 0 && position >= 0 && bytes >= 0, "place of " + name);
      require(Sha256.isDigest(sha256), "sha256 of " + name);
      shape = List.copyOf(shape);
    }
  }

  public ModelManifest {
    require(architecture.matches("[A-Za-z0-9._-]{1,64}"), "architecture");
    require(layers >= 0 && layers <= MAX_LAYERS, "layers");
    require(parameters >= 0, "parameters");
    require(!files.isEmpty() && files.size() <= MAX_FILES, "files");
    require(tensors.size() <= MAX_TENSORS, "tensors");
    files = List.copyOf(files);
    tensors = List.copyOf(tensors);
    Set<String> names = new HashSet<>();
    for (Part file : files) {
      require(names.add("/" + file.name()), "a second file " + file.name());
    }
    for (Tensor tensor : tensors) {
      require(names.add(tensor.name()), "a second tensor " + tensor.name());
      require(tensor.file() < files.size(), "file of " + tensor.name());
      require(
          tensor.bytes() <= files.get(tensor.file()).bytes() - tensor.position(),
          "end of " + tensor.name());
    }
  }

  /**
   * Describes a model whose digests are known.
   *
   * @param tensorSha256 by tensor name
   * @param headerSha256 by file index
   */
  static ModelManifest of(
      GgufModel model, Map<String, String> tensorSha256, List<String> headerSha256)
      throws StoreException {
    List<Part> files = new ArrayList<>();
    List<Tensor> tensors = new ArrayList<>();
    try {
      ModelFacts facts = ModelFacts.of(model);
      for (GgufFile file : model.files()) {
        int index = files.size();
        files.add(
            new Part(
                file.path().getFileName().toString(),
                file.fileBytes(),
                Math.toIntExact(file.dataOffset()),
                headerSha256.get(index)));
        for (TensorInfo tensor : file.tensors().values()) {
          tensors.add(
              new Tensor(
                  tensor.name(),
                  index,
                  file.position(tensor),
                  tensor.bytes(),
                  tensor.type(),
                  tensor.shape(),
                  Optional.ofNullable(tensorSha256.get(tensor.name())).orElse("")));
        }
      }
      return new ModelManifest(
          facts.architecture(),
          facts.dimensions().layers(),
          facts.weights().parameters(),
          files,
          tensors);
    } catch (IllegalArgumentException | ArithmeticException | IOException problem) {
      throw new StoreException(
          StoreFailure.BAD_MODEL, "the model can't be described: " + problem.getMessage(), problem);
    }
  }

  /** What the model is called by: the digest of the manifest's encoded form. */
  public String contentId() {
    return Sha256.of(ManifestJson.encode(this));
  }

  /** Tensor indices by name. */
  Map<String, Integer> indices() {
    Map<String, Integer> indices = new HashMap<>();
    for (int index = 0; index < tensors.size(); index++) {
      indices.put(tensors.get(index).name(), index);
    }
    return indices;
  }

  /**
   * Makes sure that headers are those the manifest was made of.
   *
   * @throws StoreException with {@link StoreFailure#BAD_MANIFEST} naming what differs
   */
  void requireDescribes(GgufModel model) throws StoreException {
    int index = 0;
    for (int file = 0; file < model.files().size(); file++) {
      GgufFile part = model.files().get(file);
      for (TensorInfo tensor : part.tensors().values()) {
        boolean isSame =
            index < tensors.size()
                && matches(tensors.get(index), tensor, file, part.position(tensor));
        if (!isSame) {
          throw new StoreException(
              StoreFailure.BAD_MANIFEST,
              "the manifest does not describe tensor '%s' of its own model"
                  .formatted(tensor.name()));
        }
        index++;
      }
    }
    if (index != tensors.size()) {
      throw new StoreException(
          StoreFailure.BAD_MANIFEST, "the manifest has tensors that its model has not");
    }
  }

  private static boolean matches(Tensor described, TensorInfo tensor, int file, long position) {
    return described.name().equals(tensor.name())
        && described.file() == file
        && described.position() == position
        && described.bytes() == tensor.bytes()
        && described.type() == tensor.type()
        && described.shape().equals(tensor.shape());
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException("not allowed in a manifest: " + what);
    }
  }
}
