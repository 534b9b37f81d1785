package dev.flotilla.gguf;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The name of one part of a split model, such as {@code qwen-00002-of-00005.gguf}.
 *
 * @param prefix what all parts' names begin with
 * @param number from 1 to {@code count}
 * @param count parts of the model
 */
public record SplitName(String prefix, int number, int count) {
  private static final Pattern NAME = Pattern.compile("(.+)-(\\d{5})-of-(\\d{5})\\.gguf");

  /** Reads a file name; empty if it does not name a part. */
  public static Optional<SplitName> parse(String fileName) {
    Matcher matcher = NAME.matcher(fileName);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int number = Integer.parseInt(matcher.group(2));
    int count = Integer.parseInt(matcher.group(3));
    return number >= 1 && number <= count
        ? Optional.of(new SplitName(matcher.group(1), number, count))
        : Optional.empty();
  }

  /** The paths of all parts, in order, beside one of them. */
  public List<Path> siblings(Path part) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> part.resolveSibling(new SplitName(prefix, i, count).fileName()))
        .toList();
  }

  public String fileName() {
    return "%s-%05d-of-%05d.gguf".formatted(prefix, number, count);
  }
}
