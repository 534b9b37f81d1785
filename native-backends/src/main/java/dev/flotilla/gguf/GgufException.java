package dev.flotilla.gguf;

import java.io.IOException;

/**
 * A file is not a model that can be loaded. The message says what is wrong and where: the byte
 * offset, key or tensor.
 */
public final class GgufException extends IOException {

  /** What is wrong with the file. */
  public enum Cause {
    /** The file does not begin with the GGUF magic. */
    NOT_GGUF,
    /** Written for a big-endian machine. */
    BIG_ENDIAN,
    /** A version other than 2 and 3. */
    UNSUPPORTED_VERSION,
    /** The file ends before what its header announces. */
    TRUNCATED,
    /** Header or counts exceed {@link GgufReader}'s limits. */
    TOO_LARGE,
    /** A key or tensor name is empty, too long or not text. */
    BAD_NAME,
    /** A key occurs twice. */
    DUPLICATE_KEY,
    /** A metadata value of a type that does not exist. */
    UNKNOWN_VALUE_TYPE,
    /** An array of arrays, which llama.cpp does not read. */
    NESTED_ARRAY,
    /** {@code general.alignment} is not a power of two within bounds. */
    BAD_ALIGNMENT,
    /** A tensor name occurs twice, in one file or over the parts of a split model. */
    DUPLICATE_TENSOR,
    /** A tensor of a type that does not exist or was removed. */
    UNKNOWN_TENSOR_TYPE,
    /** Dimensions that are negative, too many, too large, or cut a quantised block. */
    BAD_DIMENSIONS,
    /** Tensor data not aligned, overlapping, or with a gap before it. */
    BAD_OFFSET,
    /** Tensor data that reaches beyond the end of the file. */
    TENSOR_OUT_OF_FILE,
    /** The parts of a split model are incomplete or disagree. */
    BAD_SPLIT,
    /** A key that the model needs is missing. */
    MISSING_KEY,
    /** A key has a value of another type than llama.cpp reads there. */
    WRONG_VALUE_TYPE,
    /** A value is out of range or contradicts another. */
    BAD_VALUE,
    /** A tensor that the model needs is missing. */
    MISSING_TENSOR,
    /** A tensor of a layer that the model does not have. */
    UNEXPECTED_TENSOR,
    /** The tokenizer's tables are missing, too short or contradictory. */
    BAD_VOCABULARY,
    /** The model cannot be cut into layer ranges, or not there. */
    UNSLICEABLE,
  }

  private final Cause cause;

  public GgufException(Cause cause, String message) {
    super(message);
    this.cause = cause;
  }

  /** What is wrong, for programs; the message is for people. */
  public Cause cause() {
    return cause;
  }
}
