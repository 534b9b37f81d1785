package dev.flotilla.gguf;

import dev.flotilla.gguf.GgufException.Cause;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Reads the header of a GGUF file, version 2 or 3, little-endian. Tensor data is never read.
 *
 * <p>Files are hostile until they have been read: counts, lengths, types, names, alignment and
 * offsets are checked as strictly as llama.cpp does, or more so where it would abort the process.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public final class GgufReader {
  /** Bytes a header may take. The largest vocabularies published take about 20 MiB. */
  public static final int MAX_HEADER_BYTES = 64 << 20;

  /** Keys a file may have; each costs many times its bytes in memory. */
  public static final int MAX_KEYS = 1 << 16;

  /** Tensors a file may have. */
  public static final int MAX_TENSORS = 1 << 16;

  /** Alignment a file may ask for, in bytes. */
  public static final int MAX_ALIGNMENT = 1 << 20;

  static final int MAGIC = 0x46554747;
  static final int DEFAULT_ALIGNMENT = 32;
  static final String ALIGNMENT_KEY = "general.alignment";

  private static final int MAX_KEY_CHARS = 65_535;
  private static final int MAX_TENSOR_NAME_CHARS = 63;
  private static final int MAX_DIMENSIONS = 4;
  private static final int MIN_KEY_BYTES = 14;
  private static final int MIN_TENSOR_BYTES = 25;

  private final Path path;
  private final HeaderCursor in;

  private GgufReader(Path path, HeaderCursor in) {
    this.path = path;
    this.in = in;
  }

  /**
   * Reads a file's header.
   *
   * @throws GgufException if the file is not a complete and consistent GGUF file
   * @throws IOException if it cannot be read
   */
  public static GgufFile read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return read(path, channel, channel.size());
    }
  }

  /** Reads the header of a file whose bytes come from elsewhere. */
  static GgufFile read(Path path, ReadableByteChannel channel, long fileBytes) throws IOException {
    return new GgufReader(path, new HeaderCursor(channel, fileBytes)).read();
  }

  private GgufFile read() throws IOException {
    readMagic();
    int version = readVersion();
    int tensorCount = in.count("tensors", MIN_TENSOR_BYTES, MAX_TENSORS);
    int keyCount = in.count("keys", MIN_KEY_BYTES, MAX_KEYS);
    Metadata metadata = readMetadata(keyCount);
    int alignment = alignment(metadata);
    List<TensorInfo> tensors = readTensors(tensorCount);
    long dataOffset = tensors.isEmpty() ? in.position() : align(in.position(), alignment);
    return new GgufFile(
        path,
        version,
        in.fileBytes(),
        alignment,
        dataOffset,
        metadata,
        TensorLayout.check(tensors, alignment, dataOffset, in.fileBytes()));
  }

  private void readMagic() throws IOException {
    in.reading("the magic");
    int magic = in.i32();
    if (magic != MAGIC) {
      throw new GgufException(
          Cause.NOT_GGUF,
          "the file begins with %08x, not with the GGUF magic%s"
              .formatted(Integer.reverseBytes(magic), hint(magic)));
    }
    in.reading("the header");
  }

  private static String hint(int magic) {
    return switch (magic) {
      case 0x73726576 -> "; it looks like a Git LFS pointer instead of the file it stands for";
      case 0x04034b50 -> "; it looks like a ZIP archive";
      case 0x67676d6c, 0x67676d66, 0x67676a74 -> "; it is an older GGML file, to be converted";
      default -> "";
    };
  }

  private int readVersion() throws IOException {
    int version = in.i32();
    if (version != 0 && (version & 0xffff) == 0) {
      throw new GgufException(
          Cause.BIG_ENDIAN,
          "the file is big-endian (version %08x at byte 4); convert it to little-endian"
              .formatted(version));
    }
    if (version != 2 && version != 3) {
      throw new GgufException(
          Cause.UNSUPPORTED_VERSION,
          "GGUF version %s at byte 4; versions 2 and 3 are supported"
              .formatted(Integer.toUnsignedString(version)));
    }
    return version;
  }

  private Metadata readMetadata(int keyCount) throws IOException {
    SequencedMap<String, GgufValue> values = new LinkedHashMap<>();
    for (int i = 0; i < keyCount; i++) {
      int at = in.position();
      in.reading("the name of key %d".formatted(i));
      String key = name(in.text(), "key", at, MAX_KEY_CHARS);
      in.reading("key '%s'".formatted(key));
      if (values.put(key, readValue(key)) != null) {
        throw new GgufException(
            Cause.DUPLICATE_KEY, "key '%s' occurs again at byte %d".formatted(key, at));
      }
    }
    return new Metadata(values);
  }

  private GgufValue readValue(String key) throws IOException {
    ValueType type = readType(key);
    return switch (type) {
      case U8 -> new GgufValue.Whole(type, in.u8());
      case I8 -> new GgufValue.Whole(type, (byte) in.u8());
      case U16 -> new GgufValue.Whole(type, in.u16());
      case I16 -> new GgufValue.Whole(type, (short) in.u16());
      case U32 -> new GgufValue.Whole(type, Integer.toUnsignedLong(in.i32()));
      case I32 -> new GgufValue.Whole(type, in.i32());
      case U64, I64 -> new GgufValue.Whole(type, in.i64());
      case F32 -> new GgufValue.Real(type, Float.intBitsToFloat(in.i32()));
      case F64 -> new GgufValue.Real(type, Double.longBitsToDouble(in.i64()));
      case BOOL -> new GgufValue.Bool(in.u8() != 0);
      case TEXT -> new GgufValue.Text(in.text());
      case ARRAY -> new GgufValue.Many(readArray(key));
    };
  }

  private GgufArray readArray(String key) throws IOException {
    int at = in.position();
    ValueType elementType = readType(key);
    if (elementType == ValueType.ARRAY) {
      throw new GgufException(
          Cause.NESTED_ARRAY,
          "key '%s' is an array of arrays at byte %d; llama.cpp reads none".formatted(key, at));
    }
    return in.array(elementType);
  }

  private ValueType readType(String key) throws IOException {
    int at = in.position();
    int id = in.i32();
    return ValueType.of(id)
        .orElseThrow(() ->
            new GgufException(
                Cause.UNKNOWN_VALUE_TYPE,
                "key '%s' has the unknown value type %d at byte %d".formatted(key, id, at)));
  }

  static int alignment(Metadata metadata) throws GgufException {
    long alignment = metadata.u32(ALIGNMENT_KEY).orElse(DEFAULT_ALIGNMENT);
    if (Long.bitCount(alignment) != 1 || alignment > MAX_ALIGNMENT) {
      throw new GgufException(
          Cause.BAD_ALIGNMENT,
          "key '%s' is %d, not a power of two up to %d"
              .formatted(ALIGNMENT_KEY, alignment, MAX_ALIGNMENT));
    }
    return (int) alignment;
  }

  private List<TensorInfo> readTensors(int count) throws IOException {
    List<TensorInfo> tensors = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int at = in.position();
      in.reading("the name of tensor %d".formatted(i));
      String name = name(in.text(), "tensor", at, MAX_TENSOR_NAME_CHARS);
      in.reading("tensor '%s'".formatted(name));
      tensors.add(readTensor(name));
    }
    return tensors;
  }

  private TensorInfo readTensor(String name) throws IOException {
    int at = in.position();
    int dimensions = in.i32();
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS) {
      throw new GgufException(
          Cause.BAD_DIMENSIONS,
          "tensor '%s' has %s dimensions at byte %d; at most %d are possible"
              .formatted(name, Integer.toUnsignedString(dimensions), at, MAX_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>(dimensions);
    for (int i = 0; i < dimensions; i++) {
      shape.add(in.i64());
    }
    int typeAt = in.position();
    int typeId = in.i32();
    GgmlType type =
        GgmlType.of(typeId)
            .orElseThrow(() ->
                new GgufException(
                    Cause.UNKNOWN_TENSOR_TYPE,
                    "tensor '%s' has the unknown or removed type %d at byte %d"
                        .formatted(name, typeId, typeAt)));
    TensorLayout.checkShape(name, shape, type, at);
    return new TensorInfo(name, shape, type, in.i64());
  }

  /** Names reach C as zero-terminated strings and people as lines of text. */
  private static String name(String name, String what, int at, int maxChars) throws GgufException {
    boolean clean =
        !name.isEmpty()
            && name.length() <= maxChars
            && name.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    if (!clean) {
      throw new GgufException(
          Cause.BAD_NAME,
          "the name of a %s at byte %d is not 1 to %d printable ASCII characters"
              .formatted(what, at, maxChars));
    }
    return name;
  }

  static long align(long position, int alignment) {
    return Math.addExact(position, alignment - 1L) & -alignment;
  }
}
