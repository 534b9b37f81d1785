package dev.flotilla.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.flotilla.gguf.GgufException.Cause;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufReaderTest {
  @TempDir private Path folder;

  @Test
  void readsWhatTheWriterWrote() throws IOException {
    SequencedMap<String, GgufValue> values = new LinkedHashMap<>();
    values.put("a.u8", new GgufValue.Whole(ValueType.U8, 255));
    values.put("a.i8", new GgufValue.Whole(ValueType.I8, -1));
    values.put("a.u16", new GgufValue.Whole(ValueType.U16, 65_535));
    values.put("a.i16", new GgufValue.Whole(ValueType.I16, -2));
    values.put("a.u32", GgufValue.u32(4_294_967_295L));
    values.put("a.i32", new GgufValue.Whole(ValueType.I32, -3));
    values.put("a.u64", new GgufValue.Whole(ValueType.U64, Long.MAX_VALUE));
    values.put("a.i64", new GgufValue.Whole(ValueType.I64, Long.MIN_VALUE));
    values.put("a.f32", GgufValue.f32(1e-5f));
    values.put("a.f64", new GgufValue.Real(ValueType.F64, Math.PI));
    values.put("a.bool", GgufValue.bool(true));
    values.put("a.text", GgufValue.text("grüße 🚢"));
    values.put("a.texts", GgufValue.array(GgufArray.ofTexts(List.of("", "a", "▁the"))));
    values.put("a.floats", GgufValue.array(GgufArray.ofFloats(0f, -1.5f)));
    values.put("a.ints", GgufValue.array(GgufArray.ofInts(1, -1)));
    values.put("a.bools", GgufValue.array(GgufArray.ofBools(List.of(true, false))));
    values.put("a.none", GgufValue.array(GgufArray.ofInts()));
    Path path = folder.resolve("all.gguf");
    GgufWriter.write(
        path,
        new Metadata(values),
        List.of(
            new GgufWriter.Tensor("x", List.of(3L), GgmlType.F32, TensorSource.hole()),
            new GgufWriter.Tensor("y", List.of(64L, 2L), GgmlType.Q8_0, TensorSource.hole()),
            new GgufWriter.Tensor("scalar", List.of(), GgmlType.F32, TensorSource.hole())));

    GgufFile file = GgufReader.read(path);

    assertThat(file.version()).isEqualTo(3);
    assertThat(file.metadata().values()).containsExactlyEntriesOf(values);
    assertThat(file.tensors().values())
        .containsExactly(
            new TensorInfo("x", List.of(3L), GgmlType.F32, 0),
            new TensorInfo("y", List.of(64L, 2L), GgmlType.Q8_0, 32),
            new TensorInfo("scalar", List.of(), GgmlType.F32, 32 + 160));
    assertThat(file.dataOffset() % 32).isZero();
    assertThat(file.fileBytes()).isEqualTo(file.dataOffset() + 32 + 160 + 32);
  }

  @Test
  void readsTheOlderVersionAndAnotherAlignment() throws IOException {
    Path path =
        new RawGguf()
            .bytes("GGUF")
            .i32(2)
            .i64(2)
            .i64(1)
            .key("general.alignment", ValueType.U32)
            .i32(64)
            .tensor("a", GgmlType.F16, 0, 5)
            .tensor("b", GgmlType.F16, 64, 5)
            .data(64, 64 + 10)
            .write(folder.resolve("v2.gguf"));

    GgufFile file = GgufReader.read(path);

    assertThat(file.version()).isEqualTo(2);
    assertThat(file.alignment()).isEqualTo(64);
    assertThat(file.position(file.tensor("b").orElseThrow())).isEqualTo(file.dataOffset() + 64);
  }

  @ParameterizedTest
  @EnumSource
  void sizesOfBlocksAddUp(GgmlType type) {
    assertThat(GgmlType.of(type.id())).contains(type);
    assertThat(type.bytes(4L * type.blockElements())).isEqualTo(4L * type.blockBytes());
  }

  @Test
  void refusesWhatIsNoGguf() throws IOException {
    refuses(new RawGguf().bytes("version https://git-lfs"), Cause.NOT_GGUF, "Git LFS pointer");
    refuses(new RawGguf().bytes("PK\003\004"), Cause.NOT_GGUF, "ZIP archive");
    refuses(new RawGguf().bytes("tjgg").i32(3), Cause.NOT_GGUF, "older GGML file");
  }

  @Test
  void refusesBigEndian() throws IOException {
    refuses(new RawGguf().bytes("GGUF").i32(0x03000000), Cause.BIG_ENDIAN, "big-endian");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, -1})
  void refusesOtherVersions(int version) throws IOException {
    refuses(new RawGguf().bytes("GGUF").i32(version), Cause.UNSUPPORTED_VERSION, "at byte 4");
  }

  @Test
  void refusesTruncatedFiles() throws IOException {
    refuses(new RawGguf(), Cause.TRUNCATED, "the file ends at byte 0");
    refuses(new RawGguf().bytes("GGUF").i32(3).i64(0), Cause.TRUNCATED, "ends at byte 16");
    refuses(
        RawGguf.header(0, 1).key("a", ValueType.TEXT).i64(5).bytes("abcd"),
        Cause.TRUNCATED,
        "key 'a'");
    refuses(
        RawGguf.header(0, 1).key("a", ValueType.ARRAY).i32(ValueType.TEXT.id()).i64(1).i64(-1),
        Cause.TRUNCATED,
        "key 'a'");
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 1L << 32, Long.MAX_VALUE, -1})
  void refusesCountsThatTheFileCannotHold(long count) throws IOException {
    refuses(RawGguf.header(count, 0), Cause.TRUNCATED, "tensors at byte 8");
    refuses(RawGguf.header(0, count), Cause.TRUNCATED, "keys at byte 16");
    refuses(RawGguf.header(0, 1).i64(count).data(1, 6), Cause.TRUNCATED, "the name of key 0");
    refuses(
        RawGguf.header(0, 1).key("a", ValueType.ARRAY).i32(ValueType.U64.id()).i64(count).i64(0),
        Cause.TRUNCATED,
        "key 'a' announces");
  }

  @Test
  void refusesLargeHeadersWithoutLoadingThem() throws IOException {
    Path path = folder.resolve("sparse.gguf");
    RawGguf.header(0, 1)
        .key("a", ValueType.ARRAY)
        .i32(ValueType.TEXT.id())
        .i64(GgufReader.MAX_HEADER_BYTES)
        .write(path);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1L << 40);
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    refuses(path, Cause.TOO_LARGE, "the limit is");

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
  }

  @Test
  void refusesTooManyKeysOrTensors() throws IOException {
    int many = 1 << 17;
    refuses(RawGguf.header(many, 0).data(1, many * 32), Cause.TOO_LARGE, "tensors at byte 8");
    refuses(RawGguf.header(0, many).data(1, many * 32), Cause.TOO_LARGE, "keys at byte 16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "two\nlines", "nul\0", "grüße"})
  void refusesBadNames(String name) throws IOException {
    refuses(
        RawGguf.header(0, 1).key(name, ValueType.U8).data(1, 9), Cause.BAD_NAME, "key at byte 24");
    refuses(
        RawGguf.header(1, 0).tensor(name, GgmlType.F32, 0, 8).data(32, 32),
        Cause.BAD_NAME,
        "tensor at byte 24");
  }

  @Test
  void refusesTensorNamesThatLlamaCppCutsOff() throws IOException {
    refuses(
        RawGguf.header(1, 0).tensor("x".repeat(64), GgmlType.F32, 0, 8).data(32, 32),
        Cause.BAD_NAME,
        "1 to 63");
  }

  @Test
  void refusesDuplicateKeys() throws IOException {
    refuses(
        RawGguf.header(0, 2).key("a", ValueType.U32).i32(1).key("a", ValueType.U32).i32(1),
        Cause.DUPLICATE_KEY,
        "key 'a' occurs again at byte 41");
  }

  @Test
  void refusesUnknownValueTypes() throws IOException {
    refuses(RawGguf.header(0, 1).text("a").i32(13).i64(0), Cause.UNKNOWN_VALUE_TYPE, "type 13");
    refuses(
        RawGguf.header(0, 1).key("a", ValueType.ARRAY).i32(-1).i64(0),
        Cause.UNKNOWN_VALUE_TYPE,
        "type -1");
  }

  @Test
  void refusesNestedArrays() throws IOException {
    refuses(
        RawGguf.header(0, 1).key("a", ValueType.ARRAY).i32(ValueType.ARRAY.id()).i64(0),
        Cause.NESTED_ARRAY,
        "key 'a'");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 48, -1, 1 << 21})
  void refusesBadAlignment(int alignment) throws IOException {
    refuses(
        RawGguf.header(0, 1).key("general.alignment", ValueType.U32).i32(alignment),
        Cause.BAD_ALIGNMENT,
        "general.alignment");
  }

  @Test
  void refusesAlignmentOfAnotherType() throws IOException {
    refuses(
        RawGguf.header(0, 1).key("general.alignment", ValueType.U64).i64(32),
        Cause.WRONG_VALUE_TYPE,
        "type u64, expected u32");
  }

  @Test
  void refusesDuplicateTensors() throws IOException {
    refuses(
        RawGguf.header(2, 0)
            .tensor("a", GgmlType.F32, 0, 8)
            .tensor("a", GgmlType.F32, 32, 8)
            .data(32, 64),
        Cause.DUPLICATE_TENSOR,
        "'a' occurs twice");
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 31, 38, 43, -1})
  void refusesUnknownTensorTypes(int type) throws IOException {
    refuses(
        RawGguf.header(1, 0).text("a").i32(1).i64(32).i32(type).i64(0).data(32, 256),
        Cause.UNKNOWN_TENSOR_TYPE,
        "type %d".formatted(type));
  }

  @Test
  void refusesBadDimensions() throws IOException {
    refuses(shape(GgmlType.F32, 1, 1, 1, 1, 1), Cause.BAD_DIMENSIONS, "5 dimensions");
    refuses(shape(GgmlType.F32, -1), Cause.BAD_DIMENSIONS, "negative");
    refuses(shape(GgmlType.F32, 1L << 32, 1L << 32), Cause.BAD_DIMENSIONS, "larger than");
    refuses(shape(GgmlType.F64, 1L << 61), Cause.BAD_DIMENSIONS, "larger than");
    refuses(shape(GgmlType.F32, 0, 1L << 40, 1L << 40), Cause.BAD_DIMENSIONS, "larger than");
    refuses(shape(GgmlType.Q8_0, 33), Cause.BAD_DIMENSIONS, "blocks of 32");
    refuses(shape(GgmlType.Q4_K), Cause.BAD_DIMENSIONS, "blocks of 256");
  }

  @Test
  void refusesBadOffsets() throws IOException {
    refuses(twoTensors(33), Cause.BAD_OFFSET, "not aligned to 32");
    refuses(twoTensors(0), Cause.BAD_OFFSET, "overlaps");
    refuses(twoTensors(64), Cause.BAD_OFFSET, "gap");
    refuses(twoTensors(-32), Cause.BAD_OFFSET, "expected offset 32");
  }

  @Test
  void refusesTensorsOutsideTheFile() throws IOException {
    refuses(
        RawGguf.header(1, 0).tensor("a", GgmlType.F32, 0, 8).data(32, 31),
        Cause.TENSOR_OUT_OF_FILE,
        "it is incomplete");
    refuses(
        RawGguf.header(1, 0).tensor("a", GgmlType.F32, 0, 8),
        Cause.TENSOR_OUT_OF_FILE,
        "the file ends at byte 57");
  }

  @Test
  void sliceOfAnArrayHasItsElements() {
    GgufArray texts = GgufArray.ofTexts(List.of("a", "bc", "", "d"));
    assertThat(texts.slice(1, 3).texts()).containsExactly("bc", "");
    assertThat(texts.slice(1, 4).slice(2, 3)).isEqualTo(GgufArray.ofTexts(List.of("d")));
    assertThat(texts.text(3)).isEqualTo("d");
    GgufArray ints = GgufArray.ofInts(1, 2, 3).slice(1, 3);
    assertThat(ints).isEqualTo(GgufArray.ofInts(2, 3));
    assertThat(ints.whole(1)).isEqualTo(3);
  }

  private static RawGguf shape(GgmlType type, long... shape) {
    return RawGguf.header(1, 0).tensor("a", type, 0, shape).data(32, 256);
  }

  private static RawGguf twoTensors(long secondOffset) {
    return RawGguf.header(2, 0)
        .tensor("a", GgmlType.F32, 0, 8)
        .tensor("b", GgmlType.F32, secondOffset, 8)
        .data(32, 128);
  }

  private void refuses(RawGguf file, Cause cause, String message) throws IOException {
    refuses(file.write(folder.resolve("hostile.gguf")), cause, message);
  }

  private static void refuses(Path path, Cause cause, String message) {
    assertThatExceptionOfType(GgufException.class)
        .isThrownBy(() -> GgufReader.read(path))
        .withMessageContaining(message)
        .satisfies(refusal -> assertThat(refusal.cause()).isEqualTo(cause));
  }
}
