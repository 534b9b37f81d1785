package dev.flotilla.gguf;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How most of a model's weights are quantised: {@code general.file_type}, {@code llama_ftype} of
 * llama.cpp v0.5.0, under the names that files are published with.
 */
public enum FileType {
  F32(0),
  F16(1),
  Q4_0(2),
  Q4_1(3),
  Q8_0(7),
  Q5_0(8),
  Q5_1(9),
  Q2_K(10),
  Q3_K_S(11),
  Q3_K_M(12),
  Q3_K_L(13),
  Q4_K_S(14),
  Q4_K_M(15),
  Q5_K_S(16),
  Q5_K_M(17),
  Q6_K(18),
  IQ2_XXS(19),
  IQ2_XS(20),
  Q2_K_S(21),
  IQ3_XS(22),
  IQ3_XXS(23),
  IQ1_S(24),
  IQ4_NL(25),
  IQ3_S(26),
  IQ3_M(27),
  IQ2_S(28),
  IQ2_M(29),
  IQ4_XS(30),
  IQ1_M(31),
  BF16(32),
  TQ1_0(36),
  TQ2_0(37),
  MXFP4_MOE(38),
  NVFP4(39),
  Q1_0(40),
  Q2_0(41);

  private static final Map<Integer, FileType> BY_ID =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(FileType::id, type -> type));

  private final int id;

  FileType(int id) {
    this.id = id;
  }

  /** The id in a file. */
  public int id() {
    return id;
  }

  /** The type with this id in a file; empty if there is none. */
  static Optional<FileType> of(long id) {
    return Optional.ofNullable(BY_ID.get((int) id));
  }

  /** A name for weights whose file does not say: the type that most tensors have. */
  static String guess(Stream<TensorInfo> tensors) {
    return tensors
        .collect(Collectors.groupingBy(TensorInfo::type, Collectors.counting()))
        .entrySet()
        .stream()
        .max(Map.Entry.<GgmlType, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(entry -> entry.getKey().name())
        .orElse("none");
  }
}
