package dev.flotilla.node.topology;

import dev.flotilla.node.lending.JsonFields;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps on disk what was measured on this machine, so that a node that starts again need not
 * measure first: a JSON object whose {@code machine} says where, and with what software and
 * settings. What holds elsewhere is not used. Blocks; any thread.
 */
public final class MachineFile {
  private static final Logger log = LoggerFactory.getLogger(MachineFile.class);
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;
  private final String machine;

  /**
   * Reads nothing yet.
   *
   * @param file need not exist; its folder does
   * @param with what it was measured with besides the machine: software and settings
   */
  public MachineFile(Path file, String with) {
    this.file = file;
    this.machine =
        "%s, %s, %d processors, %s"
            .formatted(
                Machine.platform(),
                Machine.processor(),
                Runtime.getRuntime().availableProcessors(),
                with);
  }

  /**
   * What was kept; nothing if that is damaged or does not hold here.
   *
   * @param decoder refuses what is damaged with an {@link IllegalArgumentException}
   */
  public <T> Optional<T> read(Function<JsonFields, T> decoder) {
    try (InputStream in = Files.newInputStream(file)) {
      JsonFields fields = new JsonFields(new JsonObject(Buffer.buffer(in.readNBytes(MAX_BYTES))));
      if (machine.equals(fields.text("machine", MAX_BYTES))) {
        return Optional.of(decoder.apply(fields));
      }
    } catch (NoSuchFileException _) {
      log.debug("nothing was measured here before");
    } catch (IOException | DecodeException | IllegalArgumentException e) {
      log.warn("{} can't be read, all is measured again: {}", file, e.getMessage());
    }
    return Optional.empty();
  }

  /** Keeps this instead of what was kept. A disk that fails costs a warning. */
  public void write(JsonObject measured) {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, measured.copy().put("machine", machine).toBuffer().getBytes());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.warn("what was measured here is not kept: {}", e.toString());
    }
  }
}
