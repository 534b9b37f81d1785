package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.SlicePlan.SliceTensor;
import dev.flotilla.gguf.SlicePlan.SourceTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Cuts a model into stages that stock llama.cpp loads as models of their own.
 *
 * <p>A slice has the layers of its range, numbered from 0. The first has the token embedding, the
 * last the output head; both have the vocabulary. Tensors that a slice must declare, but never
 * reads, are holes of the smallest type there is. What the layers of a range mean may depend on
 * their numbers; {@link SliceMetadata} writes that down before they change. Whether the parts of an
 * architecture together give the whole model's logits is for a certification test to show.
 */
public final class LayerSlicer {
  private static final String OUTPUT_BIAS = "output.bias";
  private static final String OUTPUT_NORM_PREFIX = "output_norm.";
  private static final String POSITION_EMBEDDING = "position_embd.weight";

  /** Types for holes, the smallest first. */
  private static final List<GgmlType> HOLE_TYPES =
      List.of(GgmlType.Q1_0, GgmlType.Q2_0, GgmlType.Q4_0, GgmlType.F16);

  private final GgufModel model;
  private final LayerRange range;
  private final boolean first;
  private final boolean last;

  private LayerSlicer(GgufModel model, LayerRange range, int layers) {
    this.model = model;
    this.range = range;
    this.first = range.from() == 0;
    this.last = range.to() == layers;
  }

  /**
   * Plans a slice.
   *
   * @param range layers that the model has
   * @throws GgufException with {@link Cause#UNSLICEABLE} if the model cannot be cut there, or for
   *     the reasons of {@link ModelCheck}
   */
  public static SlicePlan plan(GgufModel model, LayerRange range) throws GgufException {
    ModelFacts facts = ModelCheck.check(model);
    int layers = facts.dimensions().layers();
    if (range.to() > layers) {
      throw new IllegalArgumentException("%s of %d layers".formatted(range, layers));
    }
    Metadata metadata = SliceMetadata.of(model, facts, range);
    List<SliceTensor> tensors = new LayerSlicer(model, range, layers).tensors();
    return new SlicePlan(range, metadata, tensors);
  }

  /** Writes a slice from the model's own files. */
  public static void write(SlicePlan plan, GgufModel model, Path path) throws IOException {
    write(
        plan,
        path,
        source -> TensorSource.of(model.files().get(source.file()).path(), source.position()));
  }

  /** Writes a slice whose bytes come from anywhere. */
  public static void write(SlicePlan plan, Path path, Function<SourceTensor, TensorSource> sources)
      throws IOException {
    List<GgufWriter.Tensor> tensors =
        plan.tensors().stream()
            .map(tensor ->
                new GgufWriter.Tensor(
                    tensor.name(),
                    tensor.shape(),
                    tensor.type(),
                    tensor.source().map(sources).orElseGet(TensorSource::hole)))
            .toList();
    GgufWriter.write(path, plan.metadata(), tensors);
  }

  private List<SliceTensor> tensors() {
    List<SliceTensor> tensors = new ArrayList<>();
    for (int file = 0; file < model.files().size(); file++) {
      GgufFile part = model.files().get(file);
      for (TensorInfo tensor : part.tensors().values()) {
        SourceTensor source =
            new SourceTensor(file, tensor.name(), part.position(tensor), tensor.bytes());
        slice(tensor, source).ifPresent(tensors::add);
      }
    }
    return tensors;
  }

  private Optional<SliceTensor> slice(TensorInfo tensor, SourceTensor source) {
    OptionalInt layer = TensorNames.layer(tensor.name());
    if (layer.isPresent()) {
      return range.contains(layer.getAsInt())
          ? Optional.of(copyAs(layerName(tensor, layer.getAsInt()), tensor, source))
          : Optional.empty();
    }
    return Optional.of(
        switch (tensor.name()) {
          case TensorNames.TOKEN_EMBEDDING ->
              first || (last && isTied()) ? copy(tensor, source) : vocabularyHole(tensor);
          case TensorNames.OUTPUT -> last ? copy(tensor, source) : vocabularyHole(tensor);
          case OUTPUT_BIAS -> last ? copy(tensor, source) : hole(tensor);
          case POSITION_EMBEDDING -> first ? copy(tensor, source) : hole(tensor);
          default ->
              tensor.name().startsWith(OUTPUT_NORM_PREFIX) && !last
                  ? hole(tensor)
                  : copy(tensor, source);
        });
  }

  private boolean isTied() {
    return model.tensor(TensorNames.OUTPUT).isEmpty();
  }

  private String layerName(TensorInfo tensor, int layer) {
    return TensorNames.inLayer(tensor.name(), layer - range.from());
  }

  /** Declares a matrix of embedding width by vocabulary, which in a middle stage is one token. */
  private SliceTensor vocabularyHole(TensorInfo tensor) {
    long width = tensor.dimension(0);
    GgmlType type =
        HOLE_TYPES.stream()
            .filter(candidate -> width % candidate.blockElements() == 0)
            .findFirst()
            .orElseThrow();
    long tokens = first || last ? tensor.dimension(1) : 1;
    return new SliceTensor(tensor.name(), List.of(width, tokens), type, Optional.empty());
  }

  private static SliceTensor hole(TensorInfo tensor) {
    return new SliceTensor(tensor.name(), tensor.shape(), tensor.type(), Optional.empty());
  }

  private static SliceTensor copy(TensorInfo tensor, SourceTensor source) {
    return copyAs(tensor.name(), tensor, source);
  }

  private static SliceTensor copyAs(String name, TensorInfo tensor, SourceTensor source) {
    return new SliceTensor(name, tensor.shape(), tensor.type(), Optional.of(source));
  }
}
