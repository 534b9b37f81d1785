package dev.flotilla.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a session starts from. */
public sealed interface Prompt {

  /**
   * Text that the engine tokenises.
   *
   * @param text the text
   * @param addSpecial whether the model's begin- and end-of-text tokens are added as it is
   *     configured
   * @param parseSpecial whether special tokens written in the text are read as such
   */
  record Text(String text, boolean addSpecial, boolean parseSpecial) implements Prompt {}

  /**
   * Token ids, used as they are.
   *
   * @param ids ids of the model's vocabulary; not copied, must not be changed
   */
  record Tokens(int[] ids) implements Prompt {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Tokens that && Arrays.equals(ids, that.ids);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
      return "Tokens[" + ids.length + " ids]";
    }
  }
}
