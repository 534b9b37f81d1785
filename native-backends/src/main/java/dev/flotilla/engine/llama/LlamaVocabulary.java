package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.Vocabulary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;

/**
 * A {@code llama_vocab}, owned by its model. llama.cpp's tokenizer is safe to call from any thread.
 */
final class LlamaVocabulary implements Vocabulary {
  private final ModelFunctions models;
  private final MemorySegment vocab;
  private final int size;

  /** Pieces already asked for: the hot path reads them once per generated token. */
  private final AtomicReferenceArray<byte[]> pieces;

  LlamaVocabulary(ModelFunctions models, MemorySegment vocab) {
    this.models = models;
    this.vocab = vocab;
    this.size = models.vocabSize(vocab);
    this.pieces = new AtomicReferenceArray<>(size);
  }

  MemorySegment segment() {
    return vocab;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = arena.allocateFrom(JAVA_BYTE, utf8);
      // No tokenizer makes more tokens than bytes, but for the special ones it may add.
      MemorySegment tokens = arena.allocate(JAVA_INT, utf8.length + 8L);
      int count =
          models.tokenize(
              vocab, input, utf8.length, tokens, utf8.length + 8, addSpecial, parseSpecial);
      if (count < 0) {
        throw new EngineException(
            EngineFailure.INVALID_REQUEST,
            "the text can't be tokenised by this model's vocabulary");
      }
      int first = addSpecial && beginsTwice(tokens, count) ? 1 : 0;
      return tokens
          .asSlice(first * JAVA_INT.byteSize(), (count - first) * JAVA_INT.byteSize())
          .toArray(JAVA_INT);
    }
  }

  /** A chat template may have written the begin-of-text token that the tokenizer adds once more. */
  private boolean beginsTwice(MemorySegment tokens, int count) {
    int begin = models.vocabBeginOfText(vocab);
    return count > 1
        && begin >= 0
        && tokens.getAtIndex(JAVA_INT, 0) == begin
        && tokens.getAtIndex(JAVA_INT, 1) == begin;
  }

  @Override
  public byte[] piece(int token) {
    byte[] known = pieces.get(token);
    if (known != null) {
      return known;
    }
    byte[] piece = render(token, false);
    pieces.set(token, piece);
    return piece;
  }

  @Override
  public byte[] spelling(int token) {
    return render(token, true);
  }

  private byte[] render(int token, boolean special) {
    Objects.checkIndex(token, size);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(64);
      int length = models.tokenToPiece(vocab, token, buffer, 64, 0, special);
      if (length < 0) {
        buffer = arena.allocate(-length);
        length = models.tokenToPiece(vocab, token, buffer, -length, 0, special);
      }
      return buffer.asSlice(0, length).toArray(JAVA_BYTE);
    }
  }

  @Override
  public String detokenize(int[] tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= size) {
        throw new EngineException(
            EngineFailure.INVALID_REQUEST,
            "tokens",
            "token " + token + " is outside the vocabulary of " + size);
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = arena.allocateFrom(JAVA_INT, tokens);
      MemorySegment buffer = arena.allocate(16L * tokens.length + 64);
      int length =
          models.detokenize(
              vocab, input, tokens.length, buffer, (int) buffer.byteSize(), false, true);
      if (length < 0) {
        buffer = arena.allocate(-(long) length);
        length =
            models.detokenize(
                vocab, input, tokens.length, buffer, (int) buffer.byteSize(), false, true);
      }
      return new String(buffer.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  /** All tokens that end an answer. */
  List<Integer> endings() {
    return IntStream.range(0, size).filter(this::endsGeneration).boxed().toList();
  }

  @Override
  public boolean endsGeneration(int token) {
    return models.vocabIsEndOfGeneration(vocab, token);
  }
}
