package dev.flotilla.engine.llama;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.EngineOptions.Backend;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * llama.cpp's prebuilt libraries, as the build packaged them: unpacked once into a cache folder,
 * and checked against the SHA-256 hashes pinned in {@code natives.sha256} every time before they
 * are loaded.
 */
public final class NativeLibraries {

  /** The release of llama.cpp whose headers the layouts in this package follow. */
  public static final String RELEASE = "v0.5.0";

  private final String bundle;
  private final SortedMap<String, String> hashes;

  private NativeLibraries(String bundle, SortedMap<String, String> hashes) {
    this.bundle = bundle;
    this.hashes = hashes;
  }

  /**
   * The libraries for this machine and a backend.
   *
   * @throws EngineException {@link EngineFailure#NATIVE_LIBRARY} if none are pinned or packaged for
   *     it
   */
  public static NativeLibraries of(Backend backend) {
    String bundle =
        bundleName(backend, System.getProperty("os.name"), System.getProperty("os.arch"));
    SortedMap<String, String> hashes = pinned(bundle);
    if (hashes.isEmpty()) {
      throw failure(
          "no llama.cpp libraries are pinned for " + bundle + " in this version of Flotilla");
    }
    if (resource(bundle, hashes.firstKey()) == null) {
      throw failure(
          "the llama.cpp libraries for "
              + bundle
              + " are not packaged in this build"
              + (backend == Backend.CPU ? "" : ": build with -P " + lower(backend)));
    }
    return new NativeLibraries(bundle, hashes);
  }

  /** The name of the bundle, {@code linux-x64} or {@code linux-x64-cuda} say. */
  static String bundleName(Backend backend, String os, String arch) {
    String system =
        os.startsWith("Linux")
            ? "linux"
            : os.startsWith("Mac") ? "mac" : os.startsWith("Windows") ? "win" : os;
    String machine =
        arch.equals("amd64") || arch.equals("x86_64")
            ? "x64"
            : arch.equals("aarch64") ? "arm64" : arch;
    return system + "-" + machine + (backend == Backend.CPU ? "" : "-" + lower(backend));
  }

  /** The bundle's name, for people. */
  public String bundle() {
    return bundle;
  }

  /** The file that holds libllama, in the folder that {@link #unpack} returns. */
  String llamaFile() {
    return hashes.keySet().stream()
        .filter(file -> file.startsWith("libllama.") || file.equals("llama.dll"))
        .findFirst()
        .orElseThrow(() -> failure("bundle " + bundle + " pins no libllama"));
  }

  /**
   * Puts the verified libraries into a folder below {@code cache} and returns it. A file that is
   * missing or does not have its pinned hash is unpacked anew. Blocks on the disk.
   *
   * @throws EngineException {@link EngineFailure#NATIVE_LIBRARY} if that can't be done
   */
  public Path unpack(Path cache) {
    Path folder = cache.resolve("natives").resolve(RELEASE + "-" + bundle);
    try {
      Files.createDirectories(folder);
      for (var pin : hashes.entrySet()) {
        Path file = folder.resolve(pin.getKey());
        if (!Files.exists(file) || !hash(Files.newInputStream(file)).equals(pin.getValue())) {
          unpack(pin.getKey(), pin.getValue(), file);
        }
      }
      return folder;
    } catch (IOException e) {
      throw failure("can't unpack the llama.cpp libraries into " + folder + ": " + e);
    }
  }

  private void unpack(String name, String expectedHash, Path target) throws IOException {
    InputStream packaged = resource(bundle, name);
    if (packaged == null) {
      throw failure("library " + bundle + "/" + name + " is pinned but not packaged in this build");
    }
    // Unpacked beside the target and moved over it, so that engines that start at once never see
    // half a file.
    Path partial = Files.createTempFile(target.getParent(), name, ".part");
    try {
      String actualHash;
      try (packaged;
          DigestInputStream hashed = new DigestInputStream(packaged, sha256())) {
        Files.copy(hashed, partial, StandardCopyOption.REPLACE_EXISTING);
        actualHash = HexFormat.of().formatHex(hashed.getMessageDigest().digest());
      }
      if (!actualHash.equals(expectedHash)) {
        throw failure(
            "library "
                + bundle
                + "/"
                + name
                + " has SHA-256 "
                + actualHash
                + ", not the pinned "
                + expectedHash);
      }
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static SortedMap<String, String> pinned(String bundle) {
    SortedMap<String, String> hashes = new TreeMap<>();
    InputStream pins = NativeLibraries.class.getResourceAsStream("natives.sha256");
    if (pins == null) {
      throw failure("natives.sha256 is not packaged in this build");
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(pins, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        // The format of sha256sum: hash, two spaces, bundle/file.
        int slash = line.indexOf('/');
        if (slash > 66 && line.substring(66, slash).equals(bundle)) {
          hashes.put(line.substring(slash + 1), line.substring(0, 64));
        }
      }
    } catch (IOException e) {
      throw failure("can't read natives.sha256: " + e);
    }
    return hashes;
  }

  private static @Nullable InputStream resource(String bundle, String name) {
    return NativeLibraries.class.getResourceAsStream("natives/" + bundle + "/" + name);
  }

  private static String hash(InputStream content) throws IOException {
    try (DigestInputStream hashed = new DigestInputStream(content, sha256())) {
      byte[] buffer = new byte[1 << 16];
      while (hashed.read(buffer) >= 0) {}
      return HexFormat.of().formatHex(hashed.getMessageDigest().digest());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String lower(Backend backend) {
    return backend.name().toLowerCase(Locale.ROOT);
  }

  private static EngineException failure(String message) {
    return new EngineException(EngineFailure.NATIVE_LIBRARY, message);
  }
}
