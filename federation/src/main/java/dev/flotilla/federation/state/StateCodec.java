package dev.flotilla.federation.state;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The bytes of entries and states, on the log, between nodes and on disk. Equal values have equal
 * bytes. Reading checks every count and every record.
 */
public final class StateCodec {
  private static final int FORMAT = 3;

  private StateCodec() {}

  /** The bytes of an entry. */
  public static byte[] encode(LogEntry entry) {
    ByteSink sink = new ByteSink().u8(FORMAT);
    write(sink, entry);
    return sink.toBytes();
  }

  /** The entry of such bytes. */
  public static LogEntry decodeEntry(byte[] bytes) throws StateFormatException {
    ByteSource source = new ByteSource(bytes);
    return source.whole(() -> {
      checkFormat(source);
      return readEntry(source);
    });
  }

  /** The bytes of what a node keeps. */
  public static byte[] encode(Durable durable) {
    ByteSink sink = new ByteSink().u8(FORMAT);
    write(sink, durable);
    return sink.toBytes();
  }

  /** What a node kept, from such bytes. */
  public static Durable decodeDurable(byte[] bytes) throws StateFormatException {
    ByteSource source = new ByteSource(bytes);
    return source.whole(() -> {
      checkFormat(source);
      return readDurable(source);
    });
  }

  static void write(ByteSink sink, Durable durable) {
    write(sink, durable.committed());
    sink.list(durable.tail(), entry -> write(sink, entry));
    sink.i64(durable.promisedEpoch()).text(durable.promisedTo());
  }

  static Durable readDurable(ByteSource source) throws StateFormatException {
    Durable durable =
        new Durable(
            readState(source),
            source.list("a tail", Limits.TAIL, () -> readEntry(source)),
            source.i64(),
            source.text());
    // Throws unless the tail follows.
    durable.head();
    return durable;
  }

  /** Names the history that ends with an entry: every entry has its parent's hash in it. */
  static long hash(LogEntry entry) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(encode(entry));
      return ByteBuffer.wrap(digest).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void checkFormat(ByteSource source) throws StateFormatException {
    int format = source.u8();
    if (format != FORMAT) {
      throw source.wrong("format %d, not %d".formatted(format, FORMAT));
    }
  }

  private static void write(ByteSink sink, LogEntry entry) {
    sink.i64(entry.epoch()).text(entry.leaderId()).i64(entry.index()).i64(entry.parentHash());
    sink.text(entry.commandId()).list(entry.events(), event -> write(sink, event));
  }

  private static LogEntry readEntry(ByteSource source) throws StateFormatException {
    return new LogEntry(
        source.i64(),
        source.text(),
        source.i64(),
        source.i64(),
        source.text(),
        source.list("events", Limits.EVENTS_OF_ENTRY, () -> readEvent(source)));
  }

  private static void write(ByteSink sink, Event event) {
    switch (event) {
      case Event.LeaderElected() -> sink.u8(1);
      case Event.MemberJoined(Member member) -> write(sink.u8(2), member);
      case Event.MemberLeft(String nodeId) -> sink.u8(3).text(nodeId);
      case Event.ModelAdded(ModelEntry model) -> write(sink.u8(4), model);
      case Event.ModelRemoved(String modelId) -> sink.u8(5).text(modelId);
      case Event.ModelPinned(String modelId) -> sink.u8(6).text(modelId);
      case Event.ModelUnpinned(String modelId) -> sink.u8(7).text(modelId);
      case Event.ReplicasWanted(String modelId, ReplicaCount count) ->
          sink.u8(8).text(modelId).i32(count.min()).i32(count.max());
      case Event.PipelinePlaced(Placement placement) -> PlacementCodec.write(sink.u8(9), placement);
      case Event.PipelineStatusChanged(
              String pipelineId,
              Placement.Status status,
              String problem) ->
          sink.u8(10).text(pipelineId).u8(status.code).text(problem);
      case Event.PipelineRemoved(String pipelineId) -> sink.u8(11).text(pipelineId);
      case Event.ReplacementBegun(String pipelineId, Replacement next) ->
          PlacementCodec.write(sink.u8(12).text(pipelineId), next);
      case Event.ReplacementStatusChanged(
              String pipelineId,
              Placement.Status status,
              String problem) ->
          sink.u8(13).text(pipelineId).u8(status.code).text(problem);
      case Event.PipelineReplaced(String pipelineId) -> sink.u8(14).text(pipelineId);
      case Event.ReplacementDropped(String pipelineId, String reason) ->
          sink.u8(15).text(pipelineId).text(reason);
    }
  }

  private static Event readEvent(ByteSource source) throws StateFormatException {
    int kind = source.u8();
    return switch (kind) {
      case 1 -> new Event.LeaderElected();
      case 2 -> new Event.MemberJoined(readMember(source));
      case 3 -> new Event.MemberLeft(source.text());
      case 4 -> new Event.ModelAdded(readModel(source));
      case 5 -> new Event.ModelRemoved(source.text());
      case 6 -> new Event.ModelPinned(source.text());
      case 7 -> new Event.ModelUnpinned(source.text());
      case 8 ->
          new Event.ReplicasWanted(source.text(), new ReplicaCount(source.i32(), source.i32()));
      case 9 -> new Event.PipelinePlaced(PlacementCodec.readPlacement(source));
      case 10 ->
          new Event.PipelineStatusChanged(
              source.text(), PlacementCodec.readStatus(source), source.text());
      case 11 -> new Event.PipelineRemoved(source.text());
      case 12 -> new Event.ReplacementBegun(source.text(), PlacementCodec.readReplacement(source));
      case 13 ->
          new Event.ReplacementStatusChanged(
              source.text(), PlacementCodec.readStatus(source), source.text());
      case 14 -> new Event.PipelineReplaced(source.text());
      case 15 -> new Event.ReplacementDropped(source.text(), source.text());
      default -> throw source.wrong("event of kind %d".formatted(kind));
    };
  }

  private static void write(ByteSink sink, SwarmState state) {
    sink.i64(state.epoch()).text(state.leaderId()).i64(state.index()).i64(state.hash());
    sink.list(state.members().values(), member -> write(sink, member));
    sink.list(state.models().values(), model -> write(sink, model));
    sink.list(
        state.replicas().entrySet(),
        entry -> sink.text(entry.getKey()).i32(entry.getValue().min()).i32(entry.getValue().max()));
    sink.list(state.pinnedModels(), sink::text);
    sink.list(state.placements().values(), placement -> PlacementCodec.write(sink, placement));
    sink.list(state.recentCommands(), sink::text);
  }

  private static SwarmState readState(ByteSource source) throws StateFormatException {
    return new SwarmState(
        source.i64(),
        source.text(),
        source.i64(),
        source.i64(),
        map(source.list("members", Limits.MEMBERS, () -> readMember(source)), Member::nodeId),
        map(source.list("models", Limits.MODELS, () -> readModel(source)), ModelEntry::modelId),
        readReplicas(source),
        new TreeSet<>(source.list("pins", Limits.MODELS, source::text)),
        map(
            source.list(
                "placements", Limits.PLACEMENTS, () -> PlacementCodec.readPlacement(source)),
            Placement::pipelineId),
        source.list("commands", Limits.RECENT_COMMANDS, source::text));
  }

  private static SortedMap<String, ReplicaCount> readReplicas(ByteSource source)
      throws StateFormatException {
    SortedMap<String, ReplicaCount> replicas = new TreeMap<>();
    source.list(
        "replicas",
        Limits.MODELS,
        () -> replicas.put(source.text(), new ReplicaCount(source.i32(), source.i32())) == null);
    return replicas;
  }

  private static <V> SortedMap<String, V> map(List<V> values, Function<V, String> key) {
    SortedMap<String, V> map = new TreeMap<>();
    values.forEach(value -> map.put(key.apply(value), value));
    return map;
  }

  static void write(ByteSink sink, Member member) {
    sink.text(member.nodeId()).text(member.name()).text(member.role());
    sink.u8(member.votes() ? 1 : 0).i64(member.lentBytes());
  }

  static Member readMember(ByteSource source) throws StateFormatException {
    return new Member(source.text(), source.text(), source.text(), source.flag(), source.i64());
  }

  static void write(ByteSink sink, ModelEntry model) {
    sink.text(model.modelId()).i32(model.layers()).i64(model.bytes()).text(model.digest());
  }

  static ModelEntry readModel(ByteSource source) throws StateFormatException {
    return new ModelEntry(source.text(), source.i32(), source.i64(), source.text());
  }
}
