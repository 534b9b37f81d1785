package dev.flotilla.engine.process;

import dev.flotilla.engine.EngineException;
import dev.flotilla.engine.EngineOptions;
import dev.flotilla.engine.EngineOptions.Backend;
import dev.flotilla.engine.EngineOptions.CacheType;
import dev.flotilla.engine.EngineOptions.Pooling;
import dev.flotilla.engine.Prompt;
import dev.flotilla.engine.Resumption;
import dev.flotilla.engine.SessionRequest;
import dev.flotilla.engine.StopConditions;
import dev.flotilla.engine.process.EngineCommand.Cancel;
import dev.flotilla.engine.process.EngineCommand.Detokenize;
import dev.flotilla.engine.process.EngineCommand.Embed;
import dev.flotilla.engine.process.EngineCommand.Grant;
import dev.flotilla.engine.process.EngineCommand.Load;
import dev.flotilla.engine.process.EngineCommand.NoStage;
import dev.flotilla.engine.process.EngineCommand.Open;
import dev.flotilla.engine.process.EngineCommand.Prepare;
import dev.flotilla.engine.process.EngineCommand.Probe;
import dev.flotilla.engine.process.EngineCommand.Relink;
import dev.flotilla.engine.process.EngineCommand.RenewLinks;
import dev.flotilla.engine.process.EngineCommand.Stop;
import dev.flotilla.engine.process.EngineCommand.Tokenize;
import dev.flotilla.engine.wire.EngineFields;
import dev.flotilla.engine.wire.FrameReader;
import dev.flotilla.engine.wire.FrameWriter;
import dev.flotilla.engine.wire.ProtocolException;
import java.nio.file.Path;

/** {@link EngineCommand}s as frames. */
final class CommandCodec {
  private static final int LOAD = 1;
  private static final int OPEN = 2;
  private static final int GRANT = 3;
  private static final int CANCEL = 4;
  private static final int TOKENIZE = 5;
  private static final int DETOKENIZE = 6;
  private static final int EMBED = 7;
  private static final int STOP = 8;
  private static final int RELINK = 9;
  private static final int NO_STAGE = 10;
  private static final int RENEW_LINKS = 11;
  private static final int PROBE = 12;
  private static final int PREPARE = 13;

  private CommandCodec() {}

  static void write(EngineCommand command, FrameWriter out) {
    switch (command) {
      case Load(EngineOptions options, String cacheFolder, StageRole role) -> {
        out.begin(LOAD);
        putOptions(options, out);
        out.putString(cacheFolder);
        RoleFields.putRole(role, out);
      }
      case Prepare prepare -> {
        out.begin(PREPARE);
        out.putEnum(prepare.backend());
        out.putString(prepare.cacheFolder());
        out.putOptional(prepare.identity(), identity -> RoleFields.putIdentity(identity, out));
      }
      case Relink relink -> {
        out.begin(RELINK);
        RoleFields.putPeers(relink.onward(), out);
      }
      case NoStage(EngineException reason) -> {
        out.begin(NO_STAGE);
        EngineFields.putFailure(reason, out);
      }
      case Open(long session, SessionRequest request, int credit) -> {
        out.begin(OPEN);
        out.putLong(session);
        putRequest(request, out);
        out.putInt(credit);
      }
      case Grant(long session, int events) -> {
        out.begin(GRANT);
        out.putLong(session);
        out.putInt(events);
      }
      case Cancel(long session) -> {
        out.begin(CANCEL);
        out.putLong(session);
      }
      case Tokenize(long call, String text, boolean addSpecial, boolean parseSpecial) -> {
        out.begin(TOKENIZE);
        out.putLong(call);
        out.putString(text);
        out.putBoolean(addSpecial);
        out.putBoolean(parseSpecial);
      }
      case Detokenize(long call, int[] tokens) -> {
        out.begin(DETOKENIZE);
        out.putLong(call);
        out.putInts(tokens);
      }
      case Embed embed -> {
        out.begin(EMBED);
        out.putLong(embed.call());
        out.putList(embed.prompts(), prompt -> putPrompt(prompt, out));
      }
      case RenewLinks(StageRole.LinkIdentity identity) -> {
        out.begin(RENEW_LINKS);
        RoleFields.putIdentity(identity, out);
      }
      case Probe() -> out.begin(PROBE);
      case Stop() -> out.begin(STOP);
    }
    out.end();
  }

  static EngineCommand read(FrameReader in) throws ProtocolException {
    return in.decode(() ->
        switch (in.getByte()) {
          case LOAD -> new Load(getOptions(in), in.getString(), RoleFields.getRole(in));
          case OPEN -> new Open(in.getLong(), getRequest(in), in.getInt());
          case GRANT -> new Grant(in.getLong(), in.getInt());
          case CANCEL -> new Cancel(in.getLong());
          case TOKENIZE ->
              new Tokenize(in.getLong(), in.getString(), in.getBoolean(), in.getBoolean());
          case DETOKENIZE -> new Detokenize(in.getLong(), in.getInts());
          case EMBED -> new Embed(in.getLong(), in.getList(() -> getPrompt(in)));
          case STOP -> new Stop();
          case RELINK -> new Relink(RoleFields.getPeers(in));
          case NO_STAGE -> new NoStage(EngineFields.getFailure(in));
          case RENEW_LINKS -> new RenewLinks(RoleFields.getIdentity(in));
          case PROBE -> new Probe();
          case PREPARE ->
              new Prepare(
                  in.getEnum(Backend.class),
                  in.getString(),
                  in.getOptional(() -> RoleFields.getIdentity(in)));
          default -> throw new IllegalArgumentException("unknown command");
        });
  }

  private static void putOptions(EngineOptions options, FrameWriter out) {
    out.putString(options.model().toString());
    out.putEnum(options.backend());
    out.putInt(options.contextTokens());
    out.putInt(options.slots());
    out.putInt(options.queueLimit());
    out.putInt(options.batchTokens());
    out.putInt(options.threads());
    out.putInt(options.batchThreads());
    out.putEnum(options.keyType());
    out.putEnum(options.valueType());
    out.putBoolean(options.mapFile());
    out.putBoolean(options.lockMemory());
    out.putInt(options.gpuLayers());
    out.putOptional(options.flashAttention(), out::putBoolean);
    out.putBoolean(options.contextShift());
    out.putBoolean(options.prefixCache());
    out.putBoolean(options.speculation());
    out.putOptional(options.pooling(), out::putEnum);
    out.putBoolean(options.embeddingsOnly());
  }

  private static EngineOptions getOptions(FrameReader in) {
    return new EngineOptions(
        Path.of(in.getString()),
        in.getEnum(Backend.class),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getInt(),
        in.getEnum(CacheType.class),
        in.getEnum(CacheType.class),
        in.getBoolean(),
        in.getBoolean(),
        in.getInt(),
        in.getOptional(in::getBoolean),
        in.getBoolean(),
        in.getBoolean(),
        in.getBoolean(),
        in.getOptional(() -> in.getEnum(Pooling.class)),
        in.getBoolean());
  }

  private static void putRequest(SessionRequest request, FrameWriter out) {
    putPrompt(request.prompt(), out);
    EngineFields.putSampling(request.sampling(), out);
    out.putInt(request.stop().maxTokens());
    out.putList(request.stop().stopStrings(), out::putString);
    out.putBoolean(request.cachePrompt());
    out.putBoolean(request.deterministic());
    out.putList(request.shownTokens(), out::putString);
    out.putInts(request.resumption().tokens());
    out.putInt(request.resumption().shownChars());
  }

  private static SessionRequest getRequest(FrameReader in) {
    return new SessionRequest(
        getPrompt(in),
        EngineFields.getSampling(in),
        new StopConditions(in.getInt(), in.getList(in::getString)),
        in.getBoolean(),
        in.getBoolean(),
        in.getList(in::getString),
        new Resumption(in.getInts(), in.getInt()));
  }

  private static void putPrompt(Prompt prompt, FrameWriter out) {
    switch (prompt) {
      case Prompt.Text(String text, boolean addSpecial, boolean parseSpecial) -> {
        out.putBoolean(true);
        out.putString(text);
        out.putBoolean(addSpecial);
        out.putBoolean(parseSpecial);
      }
      case Prompt.Tokens(int[] ids) -> {
        out.putBoolean(false);
        out.putInts(ids);
      }
    }
  }

  private static Prompt getPrompt(FrameReader in) {
    return in.getBoolean()
        ? new Prompt.Text(in.getString(), in.getBoolean(), in.getBoolean())
        : new Prompt.Tokens(in.getInts());
  }
}
