package dev.flotilla.engine.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineFailure;
import dev.flotilla.engine.MirostatState;
import dev.flotilla.engine.PositionalRandom;
import dev.flotilla.engine.Sampler;
import dev.flotilla.engine.SamplingOptions;
import dev.flotilla.engine.TokenLogprob;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A chain of llama.cpp's samplers for one session, in llama.cpp's order. What draws at random is
 * made anew for every token from (seed, position), so that the chain keeps no generator.
 */
final class LlamaSampler implements Sampler {
  /** Candidates that mirostat looks at: more than any allowed surprise admits in practice. */
  private static final int MIROSTAT_CANDIDATES = 4096;

  private final SamplerFunctions samplers;
  private final LlamaContext context;
  private final LlamaVocabulary vocabulary;
  private final SamplingOptions options;
  private final MemorySegment chain;
  private final boolean draws;
  private final @Nullable MemorySegment grammar;
  private final @Nullable MirostatState mirostat;
  private final @Nullable Candidates candidates;
  private final Arena arena = Arena.ofConfined();

  LlamaSampler(
      LlamaLibrary library,
      LlamaContext context,
      LlamaVocabulary vocabulary,
      SamplingOptions options) {
    this.samplers = library.samplers;
    this.context = context;
    this.vocabulary = vocabulary;
    this.options = options;
    this.mirostat = options.mirostat().map(MirostatState::new).orElse(null);
    this.draws = options.temperature() > 0 && mirostat == null;
    this.grammar = options.grammar().map(text -> parse(library, text)).orElse(null);
    this.candidates =
        grammar != null || mirostat != null ? new Candidates(vocabulary.size(), arena) : null;
    this.chain = samplers.chainInit(samplers.chainDefaultParams(arena));
    buildChain();
  }

  private MemorySegment parse(LlamaLibrary library, String text) {
    library.log.takeErrors();
    MemorySegment parsed =
        samplers.grammar(
            vocabulary.segment(), arena.allocateFrom(text), arena.allocateFrom("root"));
    if (parsed.equals(MemorySegment.NULL)) {
      arena.close();
      throw new EngineException(
          EngineFailure.INVALID_REQUEST,
          "grammar",
          "grammar is not valid GBNF: " + library.log.takeErrors());
    }
    return parsed;
  }

  private void buildChain() {
    addBiases();
    if (options.repeatLastN() != 0
        && (options.repeatPenalty() != 1
            || options.frequencyPenalty() != 0
            || options.presencePenalty() != 0)) {
      int lastN = options.repeatLastN() < 0 ? context.tokensPerSequence() : options.repeatLastN();
      add(
          samplers.penalties(
              vocabulary.size(),
              lastN,
              options.repeatPenalty(),
              options.frequencyPenalty(),
              options.presencePenalty()));
    }
    if (options.temperature() == 0) {
      add(samplers.greedy());
    } else if (mirostat != null) {
      add(samplers.temperature(options.temperature()));
      add(samplers.topK(MIROSTAT_CANDIDATES));
    } else {
      add(samplers.topK(options.topK()));
      add(samplers.typical(options.typicalP(), 1));
      add(samplers.topP(options.topP(), 1));
      add(samplers.minP(options.minP(), 1));
      add(samplers.temperature(options.temperature()));
      add(samplers.dist(0));
    }
  }

  private void addBiases() {
    var biases = new ArrayList<>(options.logitBias().entrySet());
    for (var bias : biases) {
      if (bias.getKey() < 0 || bias.getKey() >= vocabulary.size()) {
        throw new EngineException(
            EngineFailure.INVALID_REQUEST,
            "logit_bias",
            "logit_bias names token " + bias.getKey() + " of a vocabulary of " + vocabulary.size());
      }
    }
    List<Integer> endings = options.ignoreEos() ? vocabulary.endings() : List.of();
    int count = biases.size() + endings.size();
    if (count == 0) {
      return;
    }
    MemorySegment array = arena.allocate(Layouts.LOGIT_BIAS, count);
    int i = 0;
    for (var bias : biases) {
      set(array, i++, bias.getKey(), bias.getValue());
    }
    for (int ending : endings) {
      set(array, i++, ending, Float.NEGATIVE_INFINITY);
    }
    add(samplers.logitBias(vocabulary.size(), count, array));
  }

  private static void set(MemorySegment biases, int index, int token, float bias) {
    biases.setAtIndex(JAVA_INT, 2L * index, token);
    biases.setAtIndex(JAVA_FLOAT, 2L * index + 1, bias);
  }

  private void add(MemorySegment sampler) {
    samplers.chainAdd(chain, sampler);
  }

  @Override
  public void observe(int token) {
    samplers.accept(chain, token);
  }

  @Override
  public Choice choose(int row, int position) {
    if (draws) {
      reseed(position);
    }
    int token =
        candidates == null
            ? samplers.sample(chain, context.segment(), row)
            : chooseAmong(candidates, row, position);
    return new Choice(
        token,
        options.logprobs() < 0 || token == Choice.NONE
            ? Optional.empty()
            : Optional.of(logprob(row, token)));
  }

  /** Puts a generator in the chain that is a function of (seed, position) alone. */
  private void reseed(int position) {
    samplers.free(samplers.chainRemove(chain, samplers.chainSize(chain) - 1));
    // The one seed that is left out means "at random" to llama.cpp.
    int seed = (int) PositionalRandom.bits(options.seed(), position) & 0x7FFFFFFF;
    add(samplers.dist(seed));
  }

  /**
   * The explicit path, for what {@code llama_sampler_sample} can't do. As llama.cpp's own common
   * sampler does, the token is chosen first and only then held against the grammar, which is slow
   * on a whole vocabulary.
   */
  private int chooseAmong(Candidates all, int row, int position) {
    int token = pickAllowed(all, row, position);
    if (token != Choice.NONE) {
      accept(token);
    }
    return token;
  }

  private int pickAllowed(Candidates all, int row, int position) {
    int token = pick(all, row, position, false);
    return grammar == null || all.allows(samplers, grammar, token)
        ? token
        : pick(all, row, position, true);
  }

  private void accept(int token) {
    if (grammar != null) {
      samplers.accept(grammar, token);
    }
    samplers.accept(chain, token);
  }

  @Override
  public void replay(int row, int position, int token) {
    if (mirostat != null && candidates != null && row != NO_ROW) {
      // For its state, which follows from the logits. What it picks is what was picked before.
      pickAllowed(candidates, row, position);
    }
    if (grammar != null && candidates != null && !candidates.allows(samplers, grammar, token)) {
      throw new EngineException(
          EngineFailure.INVALID_REQUEST,
          "resumption",
          "resumption has token " + token + ", which the grammar does not allow there");
    }
    accept(token);
  }

  private int pick(Candidates all, int row, int position, boolean constrained) {
    all.fill(context.logits(row, vocabulary.size()));
    if (constrained && grammar != null) {
      samplers.apply(grammar, all.array());
      if (!all.anyLeft()) {
        return Choice.NONE;
      }
    }
    samplers.apply(chain, all.array());
    if (mirostat == null || options.temperature() == 0) {
      return all.selected();
    }
    double unit = PositionalRandom.unit(options.seed(), position);
    return all.token(mirostat.choose(all.probabilities(), vocabulary.size(), unit));
  }

  private TokenLogprob logprob(int row, int token) {
    MemorySegment logits = context.logits(row, vocabulary.size());
    int size = vocabulary.size();
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      max = Math.max(max, logits.getAtIndex(JAVA_FLOAT, i));
    }
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += Math.exp(logits.getAtIndex(JAVA_FLOAT, i) - max);
    }
    double logSum = max + Math.log(sum);
    List<TokenLogprob.Candidate> top = new ArrayList<>();
    for (int id : likeliest(logits, size, options.logprobs())) {
      top.add(candidate(logits, id, logSum));
    }
    return new TokenLogprob(candidate(logits, token, logSum), top);
  }

  private TokenLogprob.Candidate candidate(MemorySegment logits, int token, double logSum) {
    return new TokenLogprob.Candidate(
        token, vocabulary.spelling(token), (float) (logits.getAtIndex(JAVA_FLOAT, token) - logSum));
  }

  /**
   * The ids of the {@code count} highest logits, highest first, by insertion: {@code count} is
   * small.
   */
  private static int[] likeliest(MemorySegment logits, int size, int count) {
    int[] ids = new int[Math.min(count, size)];
    int filled = 0;
    for (int id = 0; id < size && ids.length > 0; id++) {
      float logit = logits.getAtIndex(JAVA_FLOAT, id);
      if (filled == ids.length && logit <= logits.getAtIndex(JAVA_FLOAT, ids[filled - 1])) {
        continue;
      }
      int at = filled < ids.length ? filled++ : filled - 1;
      while (at > 0 && logits.getAtIndex(JAVA_FLOAT, ids[at - 1]) < logit) {
        ids[at] = ids[at - 1];
        at--;
      }
      ids[at] = id;
    }
    return ids;
  }

  @Override
  public void close() {
    samplers.free(chain);
    if (grammar != null) {
      samplers.free(grammar);
    }
    arena.close();
  }
}
