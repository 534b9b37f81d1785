package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/**
 * The functions of {@code llama.h} about models and their vocabularies. One method per C function,
 * which its Javadoc names; pointers are raw segments that {@link LlamaModel} owns.
 */
final class ModelFunctions {
  private final MethodHandle modelDefaultParams;
  private final MethodHandle modelLoadFromFile;
  private final MethodHandle modelFree;
  private final MethodHandle modelVocab;
  private final MethodHandle modelContextTrained;
  private final MethodHandle modelEmbeddingWidth;
  private final MethodHandle modelLayers;
  private final MethodHandle modelParameters;
  private final MethodHandle modelBytes;
  private final MethodHandle modelHasEncoder;
  private final MethodHandle modelHasDecoder;
  private final MethodHandle modelWindow;
  private final MethodHandle modelIsRecurrent;
  private final MethodHandle modelIsHybrid;
  private final MethodHandle modelMetaValue;
  private final MethodHandle modelQuantizeDefaultParams;
  private final MethodHandle modelQuantize;
  private final MethodHandle vocabSize;
  private final MethodHandle vocabIsEndOfGeneration;
  private final MethodHandle vocabBeginOfText;
  private final MethodHandle tokenize;
  private final MethodHandle tokenToPiece;
  private final MethodHandle detokenize;

  ModelFunctions(NativeFunctions functions) {
    modelDefaultParams = functions.bind(Layouts.MODEL_PARAMS, "llama_model_default_params");
    modelLoadFromFile =
        functions.bind(ADDRESS, "llama_model_load_from_file", ADDRESS, Layouts.MODEL_PARAMS);
    modelFree = functions.bindVoid("llama_model_free", ADDRESS);
    modelVocab = functions.bind(ADDRESS, "llama_model_get_vocab", ADDRESS);
    modelContextTrained = functions.bind(JAVA_INT, "llama_model_n_ctx_train", ADDRESS);
    modelEmbeddingWidth = functions.bind(JAVA_INT, "llama_model_n_embd", ADDRESS);
    modelLayers = functions.bind(JAVA_INT, "llama_model_n_layer", ADDRESS);
    modelParameters = functions.bind(JAVA_LONG, "llama_model_n_params", ADDRESS);
    modelBytes = functions.bind(JAVA_LONG, "llama_model_size", ADDRESS);
    modelHasEncoder = functions.bind(JAVA_BOOLEAN, "llama_model_has_encoder", ADDRESS);
    modelHasDecoder = functions.bind(JAVA_BOOLEAN, "llama_model_has_decoder", ADDRESS);
    modelWindow = functions.bind(JAVA_INT, "llama_model_n_swa", ADDRESS);
    modelIsRecurrent = functions.bind(JAVA_BOOLEAN, "llama_model_is_recurrent", ADDRESS);
    modelIsHybrid = functions.bind(JAVA_BOOLEAN, "llama_model_is_hybrid", ADDRESS);
    modelMetaValue =
        functions.bind(JAVA_INT, "llama_model_meta_val_str", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
    modelQuantizeDefaultParams =
        functions.bind(Layouts.QUANTIZE_PARAMS, "llama_model_quantize_default_params");
    modelQuantize = functions.bind(JAVA_INT, "llama_model_quantize", ADDRESS, ADDRESS, ADDRESS);
    vocabSize = functions.bind(JAVA_INT, "llama_vocab_n_tokens", ADDRESS);
    vocabIsEndOfGeneration = functions.bind(JAVA_BOOLEAN, "llama_vocab_is_eog", ADDRESS, JAVA_INT);
    vocabBeginOfText = functions.bind(JAVA_INT, "llama_vocab_bos", ADDRESS);
    tokenize =
        functions.bind(
            JAVA_INT,
            "llama_tokenize",
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_BOOLEAN,
            JAVA_BOOLEAN);
    tokenToPiece =
        functions.bind(
            JAVA_INT,
            "llama_token_to_piece",
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_INT,
            JAVA_BOOLEAN);
    detokenize =
        functions.bind(
            JAVA_INT,
            "llama_detokenize",
            ADDRESS,
            ADDRESS,
            JAVA_INT,
            ADDRESS,
            JAVA_INT,
            JAVA_BOOLEAN,
            JAVA_BOOLEAN);
  }

  /** {@code llama_model_default_params}, allocated by the owner. */
  MemorySegment modelDefaultParams(SegmentAllocator owner) {
    try {
      return (MemorySegment) modelDefaultParams.invokeExact(owner);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_default_params", t);
    }
  }

  /** {@code llama_model_load_from_file}: NULL if it can't be loaded. */
  MemorySegment modelLoadFromFile(MemorySegment path, MemorySegment params) {
    try {
      return (MemorySegment) modelLoadFromFile.invokeExact(path, params);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_load_from_file", t);
    }
  }

  /** {@code llama_model_free}. */
  void modelFree(MemorySegment model) {
    try {
      modelFree.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_free", t);
    }
  }

  /** {@code llama_model_get_vocab}: lives as long as the model. */
  MemorySegment modelVocab(MemorySegment model) {
    try {
      return (MemorySegment) modelVocab.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_get_vocab", t);
    }
  }

  /** {@code llama_model_n_ctx_train}. */
  int modelContextTrained(MemorySegment model) {
    try {
      return (int) modelContextTrained.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_n_ctx_train", t);
    }
  }

  /** {@code llama_model_n_embd}. */
  int modelEmbeddingWidth(MemorySegment model) {
    try {
      return (int) modelEmbeddingWidth.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_n_embd", t);
    }
  }

  /** {@code llama_model_n_layer}. */
  int modelLayers(MemorySegment model) {
    try {
      return (int) modelLayers.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_n_layer", t);
    }
  }

  /** {@code llama_model_n_params}. */
  long modelParameters(MemorySegment model) {
    try {
      return (long) modelParameters.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_n_params", t);
    }
  }

  /** {@code llama_model_size}. */
  long modelBytes(MemorySegment model) {
    try {
      return (long) modelBytes.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_size", t);
    }
  }

  /** {@code llama_model_has_encoder}. */
  boolean modelHasEncoder(MemorySegment model) {
    try {
      return (boolean) modelHasEncoder.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_has_encoder", t);
    }
  }

  /** {@code llama_model_has_decoder}. */
  boolean modelHasDecoder(MemorySegment model) {
    try {
      return (boolean) modelHasDecoder.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_has_decoder", t);
    }
  }

  /** {@code llama_model_n_swa}. */
  int modelWindow(MemorySegment model) {
    try {
      return (int) modelWindow.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_n_swa", t);
    }
  }

  /** {@code llama_model_is_recurrent}. */
  boolean modelIsRecurrent(MemorySegment model) {
    try {
      return (boolean) modelIsRecurrent.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_is_recurrent", t);
    }
  }

  /** {@code llama_model_is_hybrid}. */
  boolean modelIsHybrid(MemorySegment model) {
    try {
      return (boolean) modelIsHybrid.invokeExact(model);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_is_hybrid", t);
    }
  }

  /** {@code llama_model_meta_val_str}: the length, or -1. */
  int modelMetaValue(MemorySegment model, MemorySegment key, MemorySegment buffer, long size) {
    try {
      return (int) modelMetaValue.invokeExact(model, key, buffer, size);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_meta_val_str", t);
    }
  }

  /** {@code llama_model_quantize_default_params}, allocated by the owner. */
  MemorySegment modelQuantizeDefaultParams(SegmentAllocator owner) {
    try {
      return (MemorySegment) modelQuantizeDefaultParams.invokeExact(owner);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_quantize_default_params", t);
    }
  }

  /** {@code llama_model_quantize}: 0 on success. */
  int modelQuantize(MemorySegment input, MemorySegment output, MemorySegment params) {
    try {
      return (int) modelQuantize.invokeExact(input, output, params);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_model_quantize", t);
    }
  }

  /** {@code llama_vocab_n_tokens}. */
  int vocabSize(MemorySegment vocab) {
    try {
      return (int) vocabSize.invokeExact(vocab);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_vocab_n_tokens", t);
    }
  }

  /** {@code llama_vocab_is_eog}. */
  boolean vocabIsEndOfGeneration(MemorySegment vocab, int token) {
    try {
      return (boolean) vocabIsEndOfGeneration.invokeExact(vocab, token);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_vocab_is_eog", t);
    }
  }

  /** {@code llama_vocab_bos}: -1 if there is none. */
  int vocabBeginOfText(MemorySegment vocab) {
    try {
      return (int) vocabBeginOfText.invokeExact(vocab);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_vocab_bos", t);
    }
  }

  /** {@code llama_tokenize}: the count, or minus the capacity that is needed. */
  int tokenize(
      MemorySegment vocab,
      MemorySegment text,
      int length,
      MemorySegment tokens,
      int capacity,
      boolean addSpecial,
      boolean parseSpecial) {
    try {
      return (int)
          tokenize.invokeExact(vocab, text, length, tokens, capacity, addSpecial, parseSpecial);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_tokenize", t);
    }
  }

  /** {@code llama_token_to_piece}: the length, or minus the size that is needed. */
  int tokenToPiece(
      MemorySegment vocab,
      int token,
      MemorySegment buffer,
      int size,
      int stripLeft,
      boolean special) {
    try {
      return (int) tokenToPiece.invokeExact(vocab, token, buffer, size, stripLeft, special);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_token_to_piece", t);
    }
  }

  /** {@code llama_detokenize}: the length, or minus the size that is needed. */
  int detokenize(
      MemorySegment vocab,
      MemorySegment tokens,
      int count,
      MemorySegment buffer,
      int size,
      boolean removeSpecial,
      boolean unparseSpecial) {
    try {
      return (int)
          detokenize.invokeExact(vocab, tokens, count, buffer, size, removeSpecial, unparseSpecial);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_detokenize", t);
    }
  }
}
