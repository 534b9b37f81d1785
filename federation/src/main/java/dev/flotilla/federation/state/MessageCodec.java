package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The bytes of what {@link HistoryKeeper}s say to each other. Reading checks every count and every
 * record.
 */
public final class MessageCodec {
  private static final int FORMAT = 4;

  private MessageCodec() {}

  /** The bytes of a message. */
  public static byte[] encode(Message message) {
    ByteSink sink = new ByteSink().u8(FORMAT);
    switch (message) {
      case Message.AskPromise(long epoch, long headEpoch, long headIndex) ->
          sink.u8(1).i64(epoch).i64(headEpoch).i64(headIndex);
      case Message.Promise(long epoch, Optional<Durable> newer) -> {
        sink.u8(2).i64(epoch).u8(newer.isPresent() ? 1 : 0);
        newer.ifPresent(durable -> StateCodec.write(sink, durable));
      }
      case Message.Outdated(long promisedEpoch) -> sink.u8(3).i64(promisedEpoch);
      case Message.Acknowledge(long epoch, long index) -> sink.u8(4).i64(epoch).i64(index);
      case Message.Heartbeat(long epoch, long headIndex, long committedIndex) ->
          sink.u8(5).i64(epoch).i64(headIndex).i64(committedIndex);
      case Message.AskState(long epoch) -> sink.u8(6).i64(epoch);
      case Message.State(long epoch, Durable durable) ->
          StateCodec.write(sink.u8(7).i64(epoch), durable);
      case Message.Forward(Request request) -> {
        sink.u8(8).text(request.commandId()).u8(request.epoch().isPresent() ? 1 : 0);
        request.epoch().ifPresent(sink::i64);
        write(sink, request.command());
      }
      case Message.Decided(String commandId, Outcome outcome) -> {
        sink.u8(9).text(commandId);
        write(sink, outcome);
      }
    }
    return sink.toBytes();
  }

  /** The message of such bytes. */
  public static Message decode(byte[] bytes) throws StateFormatException {
    ByteSource source = new ByteSource(bytes);
    return source.whole(() -> {
      int format = source.u8();
      if (format != FORMAT) {
        throw source.wrong("format %d, not %d".formatted(format, FORMAT));
      }
      return readMessage(source);
    });
  }

  private static Message readMessage(ByteSource source) throws StateFormatException {
    int kind = source.u8();
    return switch (kind) {
      case 1 -> new Message.AskPromise(source.i64(), source.i64(), source.i64());
      case 2 -> new Message.Promise(source.i64(), readNewer(source));
      case 3 -> new Message.Outdated(source.i64());
      case 4 -> new Message.Acknowledge(source.i64(), source.i64());
      case 5 -> new Message.Heartbeat(source.i64(), source.i64(), source.i64());
      case 6 -> new Message.AskState(source.i64());
      case 7 -> new Message.State(source.i64(), StateCodec.readDurable(source));
      case 8 -> new Message.Forward(readRequest(source));
      case 9 -> new Message.Decided(source.text(), readOutcome(source));
      default -> throw source.wrong("message of kind %d".formatted(kind));
    };
  }

  private static Optional<Durable> readNewer(ByteSource source) throws StateFormatException {
    return source.flag() ? Optional.of(StateCodec.readDurable(source)) : Optional.empty();
  }

  private static Request readRequest(ByteSource source) throws StateFormatException {
    String commandId = source.text();
    OptionalLong epoch = source.flag() ? OptionalLong.of(source.i64()) : OptionalLong.empty();
    return new Request(commandId, epoch, readCommand(source));
  }

  private static void write(ByteSink sink, Command command) {
    switch (command) {
      case Command.AdmitMember(Member member) -> StateCodec.write(sink.u8(1), member);
      case Command.RemoveMember(String nodeId) -> sink.u8(2).text(nodeId);
      case Command.AddModel(ModelEntry model) -> StateCodec.write(sink.u8(3), model);
      case Command.RemoveModel(String modelId) -> sink.u8(4).text(modelId);
      case Command.PinModel(String modelId, boolean pinned) ->
          sink.u8(5).text(modelId).u8(pinned ? 1 : 0);
      case Command.WantReplicas(String modelId, ReplicaCount count) ->
          sink.u8(6).text(modelId).i32(count.min()).i32(count.max());
      case Command.Place(Placement placement, int most) ->
          PlacementCodec.write(sink.u8(7).i32(most), placement);
      case Command.ReportStatus(
              String pipelineId,
              String buildId,
              Placement.Status status,
              String problem) ->
          sink.u8(8).text(pipelineId).text(buildId).u8(status.code).text(problem);
      case Command.Unplace(String pipelineId) -> sink.u8(9).text(pipelineId);
      case Command.Replace(String pipelineId, Replacement next) ->
          PlacementCodec.write(sink.u8(10).text(pipelineId), next);
      case Command.TakeOver(String pipelineId, String buildId) ->
          sink.u8(11).text(pipelineId).text(buildId);
      case Command.DropReplacement(String pipelineId, String buildId, String reason) ->
          sink.u8(12).text(pipelineId).text(buildId).text(reason);
    }
  }

  private static Command readCommand(ByteSource source) throws StateFormatException {
    int kind = source.u8();
    return switch (kind) {
      case 1 -> new Command.AdmitMember(StateCodec.readMember(source));
      case 2 -> new Command.RemoveMember(source.text());
      case 3 -> new Command.AddModel(StateCodec.readModel(source));
      case 4 -> new Command.RemoveModel(source.text());
      case 5 -> new Command.PinModel(source.text(), source.flag());
      case 6 ->
          new Command.WantReplicas(source.text(), new ReplicaCount(source.i32(), source.i32()));
      case 7 -> readPlace(source);
      case 8 ->
          new Command.ReportStatus(
              source.text(), source.text(), PlacementCodec.readStatus(source), source.text());
      case 9 -> new Command.Unplace(source.text());
      case 10 -> new Command.Replace(source.text(), PlacementCodec.readReplacement(source));
      case 11 -> new Command.TakeOver(source.text(), source.text());
      case 12 -> new Command.DropReplacement(source.text(), source.text(), source.text());
      default -> throw source.wrong("command of kind %d".formatted(kind));
    };
  }

  private static Command readPlace(ByteSource source) throws StateFormatException {
    int most = source.i32();
    return new Command.Place(PlacementCodec.readPlacement(source), most);
  }

  private static void write(ByteSink sink, Outcome outcome) {
    switch (outcome) {
      case Outcome.Done(long index) -> sink.u8(1).i64(index);
      case Outcome.Refused(Refusal refusal, String detail) ->
          sink.u8(2).u8(code(refusal)).text(Limits.cut(detail));
    }
  }

  private static Outcome readOutcome(ByteSource source) throws StateFormatException {
    int kind = source.u8();
    return switch (kind) {
      case 1 -> new Outcome.Done(source.i64());
      case 2 -> new Outcome.Refused(readRefusal(source), source.text());
      default -> throw source.wrong("outcome of kind %d".formatted(kind));
    };
  }

  private static int code(Refusal refusal) {
    return switch (refusal) {
      case UNKNOWN_NODE -> 1;
      case UNKNOWN_MODEL -> 2;
      case UNKNOWN_PIPELINE -> 3;
      case ALREADY_EXISTS -> 4;
      case IN_USE -> 5;
      case INVALID_STAGES -> 6;
      case OVER_COMMITTED -> 7;
      case LIMIT_REACHED -> 8;
      case NO_QUORUM -> 9;
      case OVERLOADED -> 10;
      case TIMED_OUT -> 11;
      case WRONG_EPOCH -> 12;
    };
  }

  private static Refusal readRefusal(ByteSource source) throws StateFormatException {
    int code = source.u8();
    for (Refusal refusal : Refusal.values()) {
      if (code(refusal) == code) {
        return refusal;
      }
    }
    throw source.wrong("refusal %d".formatted(code));
  }
}
