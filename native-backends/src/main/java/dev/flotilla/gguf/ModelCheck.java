package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import dev.flotilla.gguf.ModelFacts.Experts;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Whether llama.cpp can be expected to load a model. Finds what is cheap to find in headers, above
 * all what would abort the process there; a model that passes may still be refused by llama.cpp.
 */
public final class ModelCheck {
  private static final int MAX_LAYERS = 512;
  private static final int MAX_EXPERTS = 1024;

  /** ggml aborts on weights that it maps elsewhere than at a multiple of this. */
  private static final int MAPPED_ALIGNMENT = 32;

  private static final Set<String> ROPE_SCALINGS = Set.of("none", "linear", "yarn", "longrope");

  /** Their token embedding is not embedding width by vocabulary. */
  private static final Set<String> OTHER_EMBEDDING = Set.of("wavtokenizer-dec", "eagle3", "dflash");

  private final GgufModel model;
  private final ModelFacts facts;

  private ModelCheck(GgufModel model, ModelFacts facts) {
    this.model = model;
    this.facts = facts;
  }

  /**
   * Refuses a model that llama.cpp would not load.
   *
   * @return the model's facts
   * @throws GgufException if the model cannot be loaded; the message says why
   */
  public static ModelFacts check(GgufModel model) throws GgufException {
    ModelFacts facts = ModelFacts.of(model);
    new ModelCheck(model, facts).check();
    return facts;
  }

  /** The architecture, without which no other key has a name. */
  static String architecture(Metadata metadata) throws GgufException {
    String key = "general.architecture";
    return metadata
        .text(key)
        .orElseThrow(
            () -> new GgufException(Cause.MISSING_KEY, "key '%s' is missing".formatted(key)));
  }

  /** The number of layers within llama.cpp's bounds; 0 if the file does not say. */
  static int layers(Metadata metadata, String key) throws GgufException {
    int layers = metadata.count(key, 0);
    if (layers > MAX_LAYERS || (layers == 0 && metadata.has(key))) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "key '%s' is %d; llama.cpp takes 1 to %d layers".formatted(key, layers, MAX_LAYERS));
    }
    return layers;
  }

  private void check() throws GgufException {
    checkKind();
    for (String required : List.of("context_length", "embedding_length", "block_count")) {
      model.metadata().count(key(required));
    }
    checkExperts(facts.experts());
    checkHyperparameters();
    VocabularyCheck.check(model.metadata());
    checkAlignment();
    checkLayers();
    checkEmbedding();
  }

  private void checkKind() throws GgufException {
    String kind = facts.kind().orElse("model");
    if (kind.equals("adapter") || kind.equals("mmproj") || facts.architecture().equals("clip")) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "the file is an accessory of a model (%s, architecture %s), not a model"
              .formatted(kind, facts.architecture()));
    }
    if (model.tensors().findAny().isEmpty()) {
      throw new GgufException(
          Cause.MISSING_TENSOR, "the file has no tensors; it holds a vocabulary only");
    }
  }

  private void checkExperts(Experts experts) throws GgufException {
    int groups = model.metadata().count(key("expert_group_count"), 0);
    int groupsUsed = model.metadata().count(key("expert_group_used_count"), 0);
    boolean dense = experts.count() == 0 && experts.used() == 0 && groups == 0;
    boolean mixture =
        experts.used() > 0
            && experts.used() <= experts.count()
            && experts.count() <= MAX_EXPERTS
            && groups < experts.count();
    boolean grouped =
        groups <= 1 || (experts.count() % groups == 0 && groupsUsed > 0 && groupsUsed < groups);
    if (!dense && !(mixture && grouped)) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "%d of %d experts are used, in %d of %d groups, which llama.cpp does not take"
              .formatted(experts.used(), experts.count(), groupsUsed, groups));
    }
  }

  private void checkHyperparameters() throws GgufException {
    int predicting = model.metadata().count(key("nextn_predict_layers"), 0);
    if (predicting > facts.dimensions().layers()) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "key '%s' is %d, but the model has %d layers"
              .formatted(key("nextn_predict_layers"), predicting, facts.dimensions().layers()));
    }
    String scaling = model.metadata().text(key("rope.scaling.type")).orElse("none");
    if (!ROPE_SCALINGS.contains(scaling)) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "key '%s' is '%s', not one of %s"
              .formatted(key("rope.scaling.type"), scaling, ROPE_SCALINGS));
    }
  }

  private void checkAlignment() throws GgufException {
    for (GgufFile file : model.files()) {
      for (TensorInfo tensor : file.tensors().values()) {
        if (file.position(tensor) % MAPPED_ALIGNMENT != 0) {
          throw new GgufException(
              Cause.BAD_ALIGNMENT,
              "tensor '%s' begins at byte %d, which is not a multiple of %d (key '%s' is %d)"
                  .formatted(
                      tensor.name(),
                      file.position(tensor),
                      MAPPED_ALIGNMENT,
                      GgufReader.ALIGNMENT_KEY,
                      file.alignment()));
        }
      }
    }
  }

  /** A layer may be empty only where the file says that it neither attends nor feeds forward. */
  private void checkLayers() throws GgufException {
    BitSet present = new BitSet();
    for (String name : model.tensors().map(TensorInfo::name).toList()) {
      OptionalInt layer = TensorNames.layer(name);
      if (layer.isEmpty()) {
        continue;
      }
      if (layer.getAsInt() >= facts.dimensions().layers()) {
        throw new GgufException(
            Cause.UNEXPECTED_TENSOR,
            "tensor '%s' belongs to no layer: key '%s' is %d"
                .formatted(name, key("block_count"), facts.dimensions().layers()));
      }
      present.set(layer.getAsInt());
    }
    for (int layer = 0; !present.isEmpty() && layer < facts.dimensions().layers(); layer++) {
      if (!present.get(layer) && facts.attention().heads().get(layer) > 0) {
        throw new GgufException(
            Cause.MISSING_TENSOR,
            "layer %d of %d has no tensors (blk.%d.*)"
                .formatted(layer, facts.dimensions().layers(), layer));
      }
    }
  }

  private void checkEmbedding() throws GgufException {
    TensorInfo embedding = model.tensor(TensorNames.TOKEN_EMBEDDING).orElse(null);
    if (embedding == null || OTHER_EMBEDDING.contains(facts.architecture())) {
      return;
    }
    List<Long> expected =
        List.of((long) facts.dimensions().embedding(), (long) facts.tokenizer().vocabulary());
    if (!embedding.shape().equals(expected)) {
      throw new GgufException(
          Cause.BAD_VALUE,
          "tensor '%s' has shape %s, expected %s (embedding width, vocabulary)"
              .formatted(embedding.name(), embedding.shape(), expected));
    }
  }

  private String key(String name) {
    return facts.architecture() + "." + name;
  }
}
