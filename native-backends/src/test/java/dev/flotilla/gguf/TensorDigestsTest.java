package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorDigestsTest {
  /** FIPS 180-4's example. */
  private static final String SHA256_OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir private Path folder;

  @Test
  void digestsAPartOfAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("text"), "xxabcx");
    try (FileChannel channel = FileChannel.open(file)) {
      assertThat(TensorDigests.of(channel, 2, 3)).isEqualTo(SHA256_OF_ABC);
    }
  }

  @Test
  void refusesAFileThatEndsBefore() throws IOException {
    Path file = Files.writeString(folder.resolve("text"), "abc");
    try (FileChannel channel = FileChannel.open(file)) {
      assertThatExceptionOfType(EOFException.class)
          .isThrownBy(() -> TensorDigests.of(channel, 1, 3));
    }
  }
}
