package dev.flotilla.engine;

import java.util.List;

/**
 * What an engine found on its machine to compute with. GPUs that its backend can't use are not
 * among them.
 *
 * @param cpu the processor's name, for people; empty if it has none
 * @param cpuFeatures instruction sets and build options that the CPU backend makes use of, as ggml
 *     names them: {@code AVX2}, {@code NEON}, {@code AMX_INT8}
 * @param gpus graphics processors, integrated ones too
 */
public record ComputeDevices(String cpu, List<String> cpuFeatures, List<Gpu> gpus) {
  /** Nothing is known yet, or the engine can't tell. */
  public static final ComputeDevices UNKNOWN = new ComputeDevices("", List.of(), List.of());

  public ComputeDevices {
    cpuFeatures = List.copyOf(cpuFeatures);
    gpus = List.copyOf(gpus);
  }

  /**
   * A graphics processor.
   *
   * @param name as its backend numbers it: {@code CUDA0}
   * @param description for people: {@code NVIDIA GeForce RTX 4090}
   * @param totalBytes its memory; of an integrated one what it may take of the machine's
   */
  public record Gpu(String name, String description, long totalBytes) {}
}
