package dev.flotilla.engine;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a token shows of itself: nothing if it is special, unless a session asks for it by its
 * spelling. Confined to one thread.
 */
final class ShownPieces {
  private final List<String> markers;
  private @Nullable Set<Integer> tokens;

  /** Pieces of a session that shows some special tokens. */
  ShownPieces(List<String> markers) {
    this.markers = markers;
  }

  /** The bytes that a token shows. */
  byte[] of(int token, Vocabulary vocabulary) {
    if (tokens == null) {
      tokens = tokens(vocabulary);
    }
    return tokens.contains(token) ? vocabulary.spelling(token) : vocabulary.piece(token);
  }

  /** What takes several tokens to write is not special, and shown anyway. */
  private Set<Integer> tokens(Vocabulary vocabulary) {
    return markers.stream()
        .map(marker -> vocabulary.tokenize(marker, false, true))
        .filter(ids -> ids.length == 1)
        .map(ids -> ids[0])
        .collect(Collectors.toUnmodifiableSet());
  }
}
