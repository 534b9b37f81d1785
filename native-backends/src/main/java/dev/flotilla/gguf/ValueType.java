package dev.flotilla.gguf;

import java.util.Optional;

/** The type of a metadata value ({@code gguf_type} of {@code gguf.h}), in the order of ids. */
public enum ValueType {
  U8(0, "u8", 1),
  I8(1, "i8", 1),
  U16(2, "u16", 2),
  I16(3, "i16", 2),
  U32(4, "u32", 4),
  I32(5, "i32", 4),
  F32(6, "f32", 4),
  BOOL(7, "bool", 1),
  TEXT(8, "str", 0),
  ARRAY(9, "arr", 0),
  U64(10, "u64", 8),
  I64(11, "i64", 8),
  F64(12, "f64", 8);

  private static final ValueType[] BY_ID = values();

  private final int id;
  private final String label;
  private final int bytes;

  ValueType(int id, String label, int bytes) {
    this.id = id;
    this.label = label;
    this.bytes = bytes;
  }

  /** The type with this id in a file; empty if there is none. */
  public static Optional<ValueType> of(int id) {
    return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[id]) : Optional.empty();
  }

  /** The id in a file. */
  public int id() {
    return id;
  }

  /** llama.cpp's name of the type. */
  public String label() {
    return label;
  }

  /** Bytes of one value; 0 for texts and arrays, which differ in length. */
  public int bytes() {
    return bytes;
  }
}
