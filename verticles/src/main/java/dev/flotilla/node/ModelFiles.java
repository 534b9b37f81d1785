package dev.flotilla.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Model files on disk.
 *
 * @param modelsDir the folder where names are looked up; need not exist
 */
public record ModelFiles(Path modelsDir) {

  private static final String SUFFIX = ".gguf";
  private static final Pattern PART = Pattern.compile("(.+)-([0-9]{5})-of-[0-9]{5}");

  /** How deep the models folder is searched. */
  private static final int MAX_DEPTH = 8;

  /**
   * The file that a text means: a path, or a name in the models folder.
   *
   * @return an absolute path
   * @throws OptionException if there is no such file
   */
  public Path locate(String text) {
    return Stream.of(Path.of(text), modelsDir.resolve(text), modelsDir.resolve(text + SUFFIX))
        .filter(Files::isRegularFile)
        .findFirst()
        .map(path -> path.toAbsolutePath().normalize())
        .orElseThrow(() ->
            new OptionException(
                "model", "there is no file " + text + ", nor one of that name in " + modelsDir));
  }

  /**
   * Every model in the models folder and the folders in it, by path; of a split model its first
   * part.
   */
  public List<Path> list() throws IOException {
    if (!Files.isDirectory(modelsDir)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(modelsDir, MAX_DEPTH)) {
      return paths
          .filter(path -> path.toString().endsWith(SUFFIX) && Files.isRegularFile(path))
          .filter(ModelFiles::isWholeOrFirstPart)
          .sorted()
          .toList();
    }
  }

  /** What a model is called that nobody gave a name: its file's name without ending and part. */
  public static String defaultId(Path file) {
    String stem = stem(file);
    Matcher part = PART.matcher(stem);
    return part.matches() ? part.group(1) : stem;
  }

  private static boolean isWholeOrFirstPart(Path file) {
    Matcher part = PART.matcher(stem(file));
    return !part.matches() || part.group(2).equals("00001");
  }

  private static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
  }
}
