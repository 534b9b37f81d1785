package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/**
 * The sampling functions of {@code llama.h}. One method per C function, which its Javadoc names;
 * pointers are raw segments that {@link LlamaSampler} owns.
 */
final class SamplerFunctions {
  private final MethodHandle chainDefaultParams;
  private final MethodHandle chainInit;
  private final MethodHandle chainAdd;
  private final MethodHandle chainRemove;
  private final MethodHandle chainSize;
  private final MethodHandle free;
  private final MethodHandle sample;
  private final MethodHandle apply;
  private final MethodHandle accept;
  private final MethodHandle greedy;
  private final MethodHandle dist;
  private final MethodHandle topK;
  private final MethodHandle topP;
  private final MethodHandle minP;
  private final MethodHandle typical;
  private final MethodHandle temperature;
  private final MethodHandle penalties;
  private final MethodHandle logitBias;
  private final MethodHandle grammar;

  SamplerFunctions(NativeFunctions functions) {
    chainDefaultParams = functions.bind(Layouts.CHAIN_PARAMS, "llama_sampler_chain_default_params");
    chainInit = functions.bind(ADDRESS, "llama_sampler_chain_init", Layouts.CHAIN_PARAMS);
    chainAdd = functions.bindVoid("llama_sampler_chain_add", ADDRESS, ADDRESS);
    chainRemove = functions.bind(ADDRESS, "llama_sampler_chain_remove", ADDRESS, JAVA_INT);
    chainSize = functions.bind(JAVA_INT, "llama_sampler_chain_n", ADDRESS);
    free = functions.bindVoid("llama_sampler_free", ADDRESS);
    sample = functions.bind(JAVA_INT, "llama_sampler_sample", ADDRESS, ADDRESS, JAVA_INT);
    apply = functions.bindVoid("llama_sampler_apply", ADDRESS, ADDRESS);
    accept = functions.bindVoid("llama_sampler_accept", ADDRESS, JAVA_INT);
    greedy = functions.bind(ADDRESS, "llama_sampler_init_greedy");
    dist = functions.bind(ADDRESS, "llama_sampler_init_dist", JAVA_INT);
    topK = functions.bind(ADDRESS, "llama_sampler_init_top_k", JAVA_INT);
    topP = functions.bind(ADDRESS, "llama_sampler_init_top_p", JAVA_FLOAT, JAVA_LONG);
    minP = functions.bind(ADDRESS, "llama_sampler_init_min_p", JAVA_FLOAT, JAVA_LONG);
    typical = functions.bind(ADDRESS, "llama_sampler_init_typical", JAVA_FLOAT, JAVA_LONG);
    temperature = functions.bind(ADDRESS, "llama_sampler_init_temp", JAVA_FLOAT);
    penalties =
        functions.bind(
            ADDRESS,
            "llama_sampler_init_penalties",
            JAVA_INT,
            JAVA_INT,
            JAVA_FLOAT,
            JAVA_FLOAT,
            JAVA_FLOAT);
    logitBias =
        functions.bind(ADDRESS, "llama_sampler_init_logit_bias", JAVA_INT, JAVA_INT, ADDRESS);
    grammar = functions.bind(ADDRESS, "llama_sampler_init_grammar", ADDRESS, ADDRESS, ADDRESS);
  }

  /** {@code llama_sampler_chain_default_params}, allocated by the owner. */
  MemorySegment chainDefaultParams(SegmentAllocator owner) {
    try {
      return (MemorySegment) chainDefaultParams.invokeExact(owner);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_chain_default_params", t);
    }
  }

  /** {@code llama_sampler_chain_init}. */
  MemorySegment chainInit(MemorySegment params) {
    try {
      return (MemorySegment) chainInit.invokeExact(params);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_chain_init", t);
    }
  }

  /** {@code llama_sampler_chain_add}: the chain owns the sampler from then on. */
  void chainAdd(MemorySegment chain, MemorySegment sampler) {
    try {
      chainAdd.invokeExact(chain, sampler);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_chain_add", t);
    }
  }

  /** {@code llama_sampler_chain_remove}: the caller owns the sampler from then on. */
  MemorySegment chainRemove(MemorySegment chain, int index) {
    try {
      return (MemorySegment) chainRemove.invokeExact(chain, index);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_chain_remove", t);
    }
  }

  /** {@code llama_sampler_chain_n}. */
  int chainSize(MemorySegment chain) {
    try {
      return (int) chainSize.invokeExact(chain);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_chain_n", t);
    }
  }

  /** {@code llama_sampler_free}: a chain with all it owns. */
  void free(MemorySegment sampler) {
    try {
      free.invokeExact(sampler);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_free", t);
    }
  }

  /** {@code llama_sampler_sample}: chooses from a row's logits and accepts the token. */
  int sample(MemorySegment chain, MemorySegment context, int row) {
    try {
      return (int) sample.invokeExact(chain, context, row);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_sample", t);
    }
  }

  /** {@code llama_sampler_apply}. */
  void apply(MemorySegment sampler, MemorySegment candidates) {
    try {
      apply.invokeExact(sampler, candidates);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_apply", t);
    }
  }

  /** {@code llama_sampler_accept}. */
  void accept(MemorySegment sampler, int token) {
    try {
      accept.invokeExact(sampler, token);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_accept", t);
    }
  }

  /** {@code llama_sampler_init_greedy}. */
  MemorySegment greedy() {
    try {
      return (MemorySegment) greedy.invokeExact();
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_greedy", t);
    }
  }

  /** {@code llama_sampler_init_dist}. */
  MemorySegment dist(int seed) {
    try {
      return (MemorySegment) dist.invokeExact(seed);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_dist", t);
    }
  }

  /** {@code llama_sampler_init_top_k}. */
  MemorySegment topK(int k) {
    try {
      return (MemorySegment) topK.invokeExact(k);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_top_k", t);
    }
  }

  /** {@code llama_sampler_init_top_p}. */
  MemorySegment topP(float p, long minKeep) {
    try {
      return (MemorySegment) topP.invokeExact(p, minKeep);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_top_p", t);
    }
  }

  /** {@code llama_sampler_init_min_p}. */
  MemorySegment minP(float p, long minKeep) {
    try {
      return (MemorySegment) minP.invokeExact(p, minKeep);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_min_p", t);
    }
  }

  /** {@code llama_sampler_init_typical}. */
  MemorySegment typical(float p, long minKeep) {
    try {
      return (MemorySegment) typical.invokeExact(p, minKeep);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_typical", t);
    }
  }

  /** {@code llama_sampler_init_temp}. */
  MemorySegment temperature(float value) {
    try {
      return (MemorySegment) temperature.invokeExact(value);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_temp", t);
    }
  }

  /** {@code llama_sampler_init_penalties}. */
  MemorySegment penalties(
      int vocabularySize, int lastN, float repeat, float frequency, float presence) {
    try {
      return (MemorySegment)
          penalties.invokeExact(vocabularySize, lastN, repeat, frequency, presence);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_penalties", t);
    }
  }

  /** {@code llama_sampler_init_logit_bias}: copies the biases. */
  MemorySegment logitBias(int vocabularySize, int count, MemorySegment biases) {
    try {
      return (MemorySegment) logitBias.invokeExact(vocabularySize, count, biases);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_logit_bias", t);
    }
  }

  /** {@code llama_sampler_init_grammar}: NULL if the grammar does not parse. */
  MemorySegment grammar(MemorySegment vocab, MemorySegment text, MemorySegment root) {
    try {
      return (MemorySegment) grammar.invokeExact(vocab, text, root);
    } catch (Throwable t) {
      throw NativeFunctions.failed("llama_sampler_init_grammar", t);
    }
  }
}
