package dev.flotilla.cli.config;

import dev.flotilla.node.OptionException;
import dev.flotilla.node.api.ApiKey;
import dev.flotilla.node.api.ApiRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A file of API keys, one a line: {@code KEY [name=NAME] [role=ROLE] [requests-per-minute=N]
 * [tokens-per-minute=N]}, where {@code sha256:HASH} may stand for the key. Empty lines and those
 * that begin with {@code #} are skipped.
 */
final class ApiKeyFile {
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final String HASHED = "sha256:";
  private static final Set<String> FIELDS =
      Set.of("name", "role", "requests-per-minute", "tokens-per-minute");

  private ApiKeyFile() {}

  /**
   * Reads a file.
   *
   * @param firstNumber a key without a name is called {@code key-NUMBER}
   * @throws OptionException if it can't be read, naming the line but not what it holds
   */
  static List<ApiKey> read(Path file, int firstNumber) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new OptionException("api-key-file", file + " is larger than 1 MiB");
      }
      List<String> lines = Files.readAllLines(file);
      warnOfReaders(file, lines);
      return parse(file, lines, firstNumber);
    } catch (IOException e) {
      throw new OptionException("api-key-file", "can't read " + file + ": " + e.getMessage());
    }
  }

  private static List<ApiKey> parse(Path file, List<String> lines, int firstNumber) {
    List<ApiKey> keys = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (isEntry(lines.get(i))) {
        try {
          keys.add(entry(lines.get(i).strip(), firstNumber + keys.size()));
        } catch (IllegalArgumentException e) {
          throw new OptionException(
              "api-key-file", "%s, line %d: %s".formatted(file, i + 1, e.getMessage()));
        }
      }
    }
    if (keys.isEmpty()) {
      // An empty list would let everyone in, which is not what a key file is for.
      throw new OptionException("api-key-file", file + " holds no key");
    }
    return keys;
  }

  private static boolean isEntry(String line) {
    return !line.isBlank() && !line.strip().startsWith("#");
  }

  private static ApiKey entry(String line, int number) {
    List<String> words = Arrays.asList(line.split("\\s+"));
    Map<String, String> fields = fields(words.subList(1, words.size()));
    return new ApiKey(
        fields.getOrDefault("name", "key-" + number),
        hash(words.getFirst()),
        role(fields.getOrDefault("role", ApiRole.USER.label())),
        limit(fields, "requests-per-minute"),
        limit(fields, "tokens-per-minute"));
  }

  private static Map<String, String> fields(List<String> words) {
    Map<String, String> fields = new HashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? "" : word.substring(0, equals);
      if (!FIELDS.contains(name)) {
        throw new IllegalArgumentException(
            "after the key come name=, role=, requests-per-minute= and tokens-per-minute= only");
      }
      if (fields.put(name, word.substring(equals + 1)) != null) {
        throw new IllegalArgumentException(name + " is there twice");
      }
    }
    return fields;
  }

  private static String hash(String key) {
    return key.startsWith(HASHED)
        ? key.substring(HASHED.length()).toLowerCase(Locale.ROOT)
        : ApiKey.hash(key);
  }

  private static ApiRole role(String label) {
    return ApiRole.of(label)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "the role is one of "
                    + Arrays.stream(ApiRole.values())
                        .map(ApiRole::label)
                        .collect(Collectors.joining(", "))));
  }

  private static OptionalInt limit(Map<String, String> fields, String name) {
    String text = fields.get(name);
    if (text == null) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(text));
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException(name + " must be a whole number, at least 1");
    }
  }

  /** Hashes may be seen; keys may not. */
  private static void warnOfReaders(Path file, List<String> lines) throws IOException {
    boolean secret =
        lines.stream().anyMatch(line -> isEntry(line) && !line.strip().startsWith(HASHED));
    if (secret) {
      KeyFiles.warnOfReaders(file);
    }
  }
}
