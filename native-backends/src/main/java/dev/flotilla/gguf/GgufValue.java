package dev.flotilla.gguf;

/** A metadata value. Immutable. Arrays are a type of their own and never nest. */
public sealed interface GgufValue {

  /** The value's type in the file. */
  ValueType type();

  /**
   * A whole number.
   *
   * @param type one of the integer types
   * @param value the number; a {@code u64} above {@link Long#MAX_VALUE} reads negative
   */
  record Whole(ValueType type, long value) implements GgufValue {}

  /**
   * A floating-point number.
   *
   * @param type {@link ValueType#F32} or {@link ValueType#F64}
   * @param value the number, widened if it is an f32
   */
  record Real(ValueType type, double value) implements GgufValue {}

  /** A truth value. */
  record Bool(boolean value) implements GgufValue {
    @Override
    public ValueType type() {
      return ValueType.BOOL;
    }
  }

  /** A text; bytes that are not UTF-8 read as U+FFFD. */
  record Text(String value) implements GgufValue {
    @Override
    public ValueType type() {
      return ValueType.TEXT;
    }
  }

  /** Values of one type, which may be many: a vocabulary has hundreds of thousands. */
  record Many(GgufArray array) implements GgufValue {
    @Override
    public ValueType type() {
      return ValueType.ARRAY;
    }
  }

  /** A {@code u32}, the type of most of a model's parameters. */
  static GgufValue u32(long value) {
    return new Whole(ValueType.U32, value);
  }

  /** An {@code f32}. */
  static GgufValue f32(float value) {
    return new Real(ValueType.F32, value);
  }

  /** A truth value. */
  static GgufValue bool(boolean value) {
    return new Bool(value);
  }

  /** A text. */
  static GgufValue text(String value) {
    return new Text(value);
  }

  /** An array. */
  static GgufValue array(GgufArray array) {
    return new Many(array);
  }
}
