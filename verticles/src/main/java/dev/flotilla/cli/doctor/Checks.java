package dev.flotilla.cli.doctor;

import com.sun.management.OperatingSystemMXBean;
import dev.flotilla.cli.doctor.Finding.Blocking;
import dev.flotilla.cli.doctor.Finding.Doubtful;
import dev.flotilla.cli.doctor.Finding.Fine;
import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.llama.NativeLibraries;
import dev.flotilla.node.ApiCertificate;
import dev.flotilla.node.ApiTls;
import dev.flotilla.node.NodeOptions;
import dev.flotilla.node.OptionException;
import dev.flotilla.node.shard.ModelFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The checks of a node that would be started with some options. */
public final class Checks {

  private static final int NEEDED_JAVA = 25;

  /** What a node and its engine process need besides the model. */
  private static final long BASE_BYTES = 400L << 20;

  private Checks() {}

  /** All of them, in the order in which a node would fail. */
  public static List<Check> of(NodeOptions options, Backend backend) {
    List<Check> checks = new ArrayList<>();
    checks.add(check("Java", () -> java(Runtime.version().feature())));
    checks.add(check("state folder", () -> stateDir(options.stateDir())));
    checks.add(check("native libraries", () -> natives(backend, options.stateDir())));
    checks.add(check("address", () -> address(options.host(), options.port())));
    checks.add(check("API over TLS", () -> tls(options)));
    options
        .models()
        .forEach(
            model -> checks.add(check("model " + model.id(), () -> model(model.engine().model()))));
    checks.add(check("memory", () -> memory(availableBytes(), modelBytes(options))));
    checks.add(check("cores", () -> cores(options)));
    return checks;
  }

  static Finding java(int version) {
    String detail = "Java " + version;
    return version >= NEEDED_JAVA
        ? new Fine(detail)
        : new Blocking(detail + " is too old", "Install JDK " + NEEDED_JAVA + " or newer.");
  }

  static Finding stateDir(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "doctor", ".tmp"));
      return new Fine(folder.toString());
    } catch (IOException e) {
      return new Blocking(
          "can't write to " + folder + ": " + e,
          "Make it writable, or name another folder with --state-dir.");
    }
  }

  private static Finding natives(Backend backend, Path stateDir) {
    try {
      NativeLibraries libraries = NativeLibraries.of(backend);
      libraries.unpack(stateDir.resolve("cache"));
      return new Fine(
          "llama.cpp " + NativeLibraries.RELEASE + ", " + libraries.bundle() + ", hashes verified");
    } catch (EngineException e) {
      return new Blocking(
          e.getMessage(),
          "Build again with npm on the PATH: mvn -Dquick -pl verticles -am package");
    }
  }

  static Finding address(String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port));
      return new Fine(host + ":" + port + (port == 0 ? ", any free port" : " is free"));
    } catch (IOException e) {
      return new Blocking(
          "can't listen on " + host + ":" + port + ": " + e.getMessage(),
          "Stop what listens there, or take another with --address HOST:PORT (port 0: any).");
    }
  }

  /** Reads the user's files; a self-signed certificate is made when the node starts. */
  static Finding tls(NodeOptions options) {
    return switch (options.tls()) {
      case ApiTls.Off _ -> new Fine("off");
      case ApiTls.SelfSigned _ -> new Fine("self-signed");
      case ApiTls.Files files -> {
        try {
          yield new Fine(
              ApiCertificate.of(files, options.host(), options.stateDir(), Instant.now())
                  .orElseThrow()
                  .toString());
        } catch (OptionException e) {
          yield new Blocking(e.getMessage(), "Name the right files, in PEM form.");
        }
      }
    };
  }

  static Finding model(Path path) {
    try {
      ModelFile file = ModelFile.read(path.getFileName().toString(), path);
      return new Fine(
          "%s, %s, %s"
              .formatted(
                  file.card().architecture(),
                  file.card().quantization(),
                  Sizes.bytes(file.card().bytes())));
    } catch (EngineException e) {
      return new Blocking(e.getMessage(), "Download the file again, or serve another.");
    }
  }

  static Finding memory(long availableBytes, long modelBytes) {
    String detail =
        "%s available, %s of models"
            .formatted(Sizes.bytes(availableBytes), Sizes.bytes(modelBytes));
    return availableBytes >= modelBytes + BASE_BYTES
        ? new Fine(detail)
        : new Doubtful(
            detail + ": the machine will swap or kill engines",
            "Serve a smaller model or a stronger quantisation of it.");
  }

  private static Finding cores(NodeOptions options) {
    int processors = Runtime.getRuntime().availableProcessors();
    int threads = options.models().stream().mapToInt(model -> model.engine().threads()).sum();
    String detail = "%d processors, %d compute threads".formatted(processors, threads);
    return threads <= processors
        ? new Fine(detail)
        : new Doubtful(
            detail + ": they will hinder each other", "Serve no more models than processors.");
  }

  private static long availableBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getFreeMemorySize();
  }

  private static long modelBytes(NodeOptions options) {
    return options.models().stream().mapToLong(model -> size(model.engine().model())).sum();
  }

  private static long size(Path path) {
    try {
      return Files.size(path);
    } catch (IOException _) {
      // The model's own check tells why.
      return 0;
    }
  }

  private static Check check(String name, Supplier<Finding> look) {
    return new Check() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Finding look() {
        return look.get();
      }
    };
  }
}
