package dev.flotilla.sharding.store;

import dev.flotilla.gguf.GgmlType;
import dev.flotilla.sharding.store.ModelManifest.Part;
import dev.flotilla.sharding.store.ModelManifest.Tensor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Manifests as JSON. There is one encoding of a manifest, so that its digest names its content:
 * what decodes from other bytes is refused.
 */
final class ManifestJson {
  static final int VERSION = 1;
  static final int MAX_BYTES = 32 << 20;

  private ManifestJson() {}

  static byte[] encode(ModelManifest manifest) {
    JsonArray files = new JsonArray();
    manifest
        .files()
        .forEach(file ->
            files.add(
                new JsonArray()
                    .add(file.name())
                    .add(file.bytes())
                    .add(file.headerBytes())
                    .add(file.headerSha256())));
    JsonArray tensors = new JsonArray();
    manifest
        .tensors()
        .forEach(tensor ->
            tensors.add(
                new JsonArray()
                    .add(tensor.name())
                    .add(tensor.file())
                    .add(tensor.position())
                    .add(tensor.bytes())
                    .add(tensor.type().id())
                    .add(new JsonArray(tensor.shape()))
                    .add(tensor.sha256())));
    return new JsonObject()
        .put("version", VERSION)
        .put("architecture", manifest.architecture())
        .put("layers", manifest.layers())
        .put("parameters", manifest.parameters())
        .put("files", files)
        .put("tensors", tensors)
        .toBuffer()
        .getBytes();
  }

  /**
   * Reads a manifest that a stranger sent.
   *
   * @param contentId what it must be
   * @throws StoreException with {@link StoreFailure#BAD_MANIFEST}
   */
  static ModelManifest decode(byte[] bytes, String contentId) throws StoreException {
    if (bytes.length > MAX_BYTES) {
      throw bad("it has %d bytes, allowed are %d".formatted(bytes.length, MAX_BYTES), null);
    }
    if (!Sha256.of(bytes).equals(contentId)) {
      throw bad("it is not the one that was asked for", null);
    }
    try {
      ModelManifest manifest = manifest(new JsonObject(Buffer.buffer(bytes)));
      if (!Arrays.equals(encode(manifest), bytes)) {
        throw bad("it is not in its one encoding", null);
      }
      return manifest;
    } catch (DecodeException
        | ClassCastException
        | IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException problem) {
      throw bad(problem.toString(), problem);
    }
  }

  private static ModelManifest manifest(JsonObject json) {
    if (whole(json.getValue("version")) != VERSION) {
      throw new IllegalArgumentException("version " + json.getValue("version"));
    }
    List<Part> files = new ArrayList<>();
    for (Object each : bounded(json.getValue("files"), ModelManifest.MAX_FILES)) {
      JsonArray file = bounded(each, 4);
      files.add(
          new Part(
              text(file.getValue(0)),
              whole(file.getValue(1)),
              Math.toIntExact(whole(file.getValue(2))),
              text(file.getValue(3))));
    }
    List<Tensor> tensors = new ArrayList<>();
    for (Object each : bounded(json.getValue("tensors"), ModelManifest.MAX_TENSORS)) {
      tensors.add(tensor(bounded(each, 7)));
    }
    return new ModelManifest(
        text(json.getValue("architecture")),
        Math.toIntExact(whole(json.getValue("layers"))),
        whole(json.getValue("parameters")),
        files,
        tensors);
  }

  private static Tensor tensor(JsonArray json) {
    List<Long> shape = new ArrayList<>();
    bounded(json.getValue(5), 4).forEach(size -> shape.add(whole(size)));
    int type = Math.toIntExact(whole(json.getValue(4)));
    return new Tensor(
        text(json.getValue(0)),
        Math.toIntExact(whole(json.getValue(1))),
        whole(json.getValue(2)),
        whole(json.getValue(3)),
        GgmlType.of(type).orElseThrow(() -> new IllegalArgumentException("type " + type)),
        shape,
        text(json.getValue(6)));
  }

  private static JsonArray bounded(@Nullable Object value, int limit) {
    if (value instanceof JsonArray array && array.size() <= limit) {
      return array;
    }
    throw new IllegalArgumentException("not a list of at most " + limit);
  }

  private static String text(@Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException("not a text: " + value);
  }

  private static long whole(@Nullable Object value) {
    return switch (value) {
      case Integer number -> number;
      case Long number -> number;
      case null, default -> throw new IllegalArgumentException("not a whole number: " + value);
    };
  }

  private static StoreException bad(String why, @Nullable Throwable cause) {
    return new StoreException(StoreFailure.BAD_MANIFEST, "the manifest is refused: " + why, cause);
  }
}
