package dev.flotilla.engine.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The layouts are right if every default reads back as llama.cpp's sources of the pinned release
 * set it.
 */
class LayoutsTest {
  private final LlamaLibrary library = NativeTests.library();

  @Test
  void tensorsAreAsLargeAsTheReleaseMakesThem() throws Throwable {
    long objectBytes = 32;
    long overhead =
        (long) library.functions.bind(ValueLayout.JAVA_LONG, "ggml_tensor_overhead").invokeExact();
    assertThat(Layouts.TENSOR.byteSize()).isEqualTo(overhead - objectBytes);
  }

  @Test
  void modelParamsReadBackAsTheReleaseSetsThem() {
    assertThat(Layouts.MODEL_PARAMS.byteSize()).isEqualTo(80);
    assertThat(read(Layouts.MODEL_PARAMS, library.models.modelDefaultParams(Arena.ofAuto())))
        .containsExactlyInAnyOrderEntriesOf(
            fields(
                "devices",
                0L,
                "tensor_buft_overrides",
                0L,
                "n_gpu_layers",
                -1,
                "split_mode",
                1,
                "load_mode",
                -1,
                "lazy_mode",
                1,
                "main_gpu",
                0,
                "tensor_split",
                0L,
                "progress_callback",
                0L,
                "progress_callback_user_data",
                0L,
                "kv_overrides",
                0L,
                "vocab_only",
                false,
                "check_tensors",
                false,
                "use_extra_bufts",
                true,
                "no_host",
                false,
                "no_alloc",
                false,
                "load_mtp",
                false));
  }

  @Test
  void contextParamsReadBackAsTheReleaseSetsThem() {
    assertThat(Layouts.CONTEXT_PARAMS.byteSize()).isEqualTo(160);
    assertThat(read(Layouts.CONTEXT_PARAMS, library.contexts.contextDefaultParams(Arena.ofAuto())))
        .containsExactlyInAnyOrderEntriesOf(
            fields(
                "n_ctx",
                512,
                "n_batch",
                2048,
                "n_ubatch",
                512,
                "n_seq_max",
                1,
                "n_rs_seq",
                0,
                "n_outputs_max",
                0,
                "n_outputs_max_per_seq",
                1,
                "n_threads",
                4,
                "n_threads_batch",
                4,
                "ctx_type",
                0,
                "rope_scaling_type",
                -1,
                "pooling_type",
                -1,
                "attention_type",
                -1,
                "flash_attn_type",
                -1,
                "rope_freq_base",
                0f,
                "rope_freq_scale",
                0f,
                "yarn_ext_factor",
                -1f,
                "yarn_attn_factor",
                -1f,
                "yarn_beta_fast",
                -1f,
                "yarn_beta_slow",
                -1f,
                "yarn_orig_ctx",
                0,
                "defrag_thold",
                -1f,
                "cb_eval",
                0L,
                "cb_eval_user_data",
                0L,
                "type_k",
                1,
                "type_v",
                1,
                "abort_callback",
                0L,
                "abort_callback_data",
                0L,
                "embeddings",
                false,
                "offload_kqv",
                true,
                "no_perf",
                true,
                "op_offload",
                true,
                "swa_full",
                true,
                "kv_unified",
                false,
                "samplers",
                0L,
                "n_samplers",
                0L,
                "ctx_other",
                0L));
  }

  @Test
  void quantizeParamsReadBackAsTheReleaseSetsThem() {
    assertThat(Layouts.QUANTIZE_PARAMS.byteSize()).isEqualTo(64);
    Map<String, Object> fields =
        read(Layouts.QUANTIZE_PARAMS, library.models.modelQuantizeDefaultParams(Arena.ofAuto()));
    assertThat(fields)
        .containsEntry("nthread", 0)
        .containsEntry("ftype", 1 + 6)
        .containsEntry("allow_requantize", false)
        .containsEntry("quantize_output_tensor", true)
        .containsEntry("only_copy", false)
        .containsEntry("pure", false)
        .containsEntry("keep_split", false)
        .containsEntry("dry_run", false)
        .containsEntry("imatrix", 0L)
        .containsEntry("max_buf_size", 8L << 30);
  }

  @Test
  void chainParamsReadBackAsTheReleaseSetsThem() {
    assertThat(read(Layouts.CHAIN_PARAMS, library.samplers.chainDefaultParams(Arena.ofAuto())))
        .containsExactlyEntriesOf(fields("no_perf", true));
  }

  @Test
  void otherStructsHaveTheirSizesInC() {
    assertThat(Layouts.BATCH.byteSize()).isEqualTo(56);
    assertThat(Layouts.LOGIT_BIAS.byteSize()).isEqualTo(8);
    assertThat(Layouts.TOKEN_DATA.byteSize()).isEqualTo(12);
    assertThat(Layouts.TOKEN_DATA_ARRAY.byteSize()).isEqualTo(32);
    assertThat(Layouts.THREADPOOL_PARAMS.byteSize()).isEqualTo(528);
  }

  private static Map<String, Object> fields(Object... namesAndValues) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return fields;
  }

  private static Map<String, Object> read(StructLayout layout, MemorySegment struct) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (MemoryLayout member : layout.memberLayouts()) {
      member
          .name()
          .ifPresent(name -> {
            Object value = layout.varHandle(PathElement.groupElement(name)).get(struct, 0L);
            fields.put(
                name, value instanceof MemorySegment pointer ? (Object) pointer.address() : value);
          });
    }
    assertThat(fields).isNotEmpty();
    assertThat(layout.byteAlignment()).isLessThanOrEqualTo(ValueLayout.ADDRESS.byteAlignment());
    return fields;
  }
}
