package dev.flotilla.federation.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.federation.SeededSampling;
import dev.flotilla.federation.state.Command.Request;
import dev.flotilla.federation.state.Outcome.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  private static final Placement PLACEMENT =
      States.placement("pipeline", States.at(States.A, 0, 2, 7), States.at(States.B, 2, 4, 9));

  private static final Durable DURABLE =
      new Durable(
          States.usual(),
          List.of(States.entry(States.usual(), new Event.PipelinePlaced(PLACEMENT))),
          4,
          "a");

  private static final List<Command> COMMANDS =
      List.of(
          new Command.AdmitMember(States.A),
          new Command.RemoveMember("a"),
          new Command.AddModel(States.MODEL),
          new Command.RemoveModel("model"),
          new Command.PinModel("model", true),
          new Command.WantReplicas("model", new ReplicaCount(1, 2)),
          new Command.Place(PLACEMENT),
          new Command.ReportStatus("pipeline", Placement.Status.FAILED, "no file é"),
          new Command.ReportStatus("pipeline", "build", Placement.Status.READY, ""),
          new Command.Replace("pipeline", new Replacement("build", PLACEMENT.stages(), "faster é")),
          new Command.TakeOver("pipeline", "build"),
          new Command.DropReplacement("pipeline", "build", "it takes too long"),
          new Command.Unplace("pipeline"));

  private static List<Message> messages() {
    List<Message> messages =
        new ArrayList<>(
            List.of(
                new Message.AskPromise(3, 2, 9),
                new Message.Promise(3, Optional.empty()),
                new Message.Promise(3, Optional.of(DURABLE)),
                new Message.Outdated(5),
                new Message.Acknowledge(3, 10),
                new Message.Heartbeat(3, 10, 9),
                new Message.AskState(3),
                new Message.State(3, DURABLE),
                new Message.Decided("c", new Outcome.Done(10))));
    COMMANDS.forEach(command -> messages.add(new Message.Forward(new Request("c", command))));
    messages.add(
        new Message.Forward(new Request("c", OptionalLong.of(7), new Command.Unplace("pipeline"))));
    for (Refusal refusal : Refusal.values()) {
      messages.add(new Message.Decided("c", new Outcome.Refused(refusal, "why")));
    }
    return messages;
  }

  @Test
  void everythingComesBack() throws StateFormatException {
    assertThat(kinds(COMMANDS.stream())).isEqualTo(Command.class.getPermittedSubclasses().length);
    assertThat(kinds(messages().stream())).isEqualTo(Message.class.getPermittedSubclasses().length);
    for (Message message : messages()) {
      assertThat(MessageCodec.decode(MessageCodec.encode(message))).isEqualTo(message);
    }
  }

  private static long kinds(Stream<?> values) {
    return values.map(Object::getClass).distinct().count();
  }

  @Test
  void damageIsRefusedOrHarmless() {
    SeededSampling sampling = SeededSampling.begin();
    Random random = sampling.random();
    List<Message> messages = messages();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = sampling.damaged(MessageCodec.encode(messages.get(i % messages.size())), 1);
      bytes = random.nextBoolean() ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
      try {
        Message read = MessageCodec.decode(bytes);
        assertThat(MessageCodec.decode(MessageCodec.encode(read))).isEqualTo(read);
      } catch (StateFormatException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void anotherFormatIsRefusedByName() {
    byte[] bytes = MessageCodec.encode(new Message.AskState(1));
    bytes[0] = 7;
    assertThatThrownBy(() -> MessageCodec.decode(bytes)).hasMessageContaining("format 7, not 4");
  }
}
