package dev.flotilla.federation.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flotilla.federation.SeededSampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateCodecTest {
  private static final Placement PLACEMENT =
      States.placement("pipeline-é", States.at(States.A, 0, 4, 7));

  private static final Replacement NEXT =
      new Replacement("next", List.of(States.at(States.B, 0, 4, 3)), "it is faster");

  private static final Terms TERMS =
      new Terms(
          true,
          1,
          9,
          new TreeSet<>(List.of("a", "b")),
          new TreeSet<>(List.of("a")),
          new TreeSet<>(List.of("c")),
          new TreeMap<>(Map.of("room", "office")));

  private static final List<Event> EVENTS =
      List.of(
          new Event.LeaderElected(),
          new Event.MemberJoined(States.A),
          new Event.MemberLeft("b"),
          new Event.ModelAdded(States.MODEL),
          new Event.ModelRemoved("other"),
          new Event.ModelPinned("model"),
          new Event.ModelUnpinned("other"),
          new Event.ReplicasWanted("model", new ReplicaCount(1, 3)),
          new Event.PipelinePlaced(PLACEMENT),
          new Event.PipelineStatusChanged("pipeline-é", Placement.Status.FAILED, "no file"),
          new Event.PipelinePlaced(
              States.placement("q", States.at(States.B, 0, 4, 7)).with(Optional.of(TERMS))),
          new Event.ReplacementBegun("pipeline-é", NEXT),
          new Event.ReplacementStatusChanged("pipeline-é", Placement.Status.FAILED, "no room"),
          new Event.ReplacementDropped("pipeline-é", "no room"),
          new Event.ReplacementBegun("q", NEXT),
          new Event.PipelineReplaced("q"),
          new Event.ReplacementBegun("q", new Replacement("last", NEXT.stages(), "again")),
          new Event.PipelineRemoved("other"));

  private static final LogEntry ENTRY = new LogEntry(3, "leader", 1, 0, "command", EVENTS);

  private static Durable durable() {
    SwarmState state = SwarmState.EMPTY.apply(ENTRY);
    return new Durable(state, List.of(States.entry(state, new Event.MemberLeft("a"))), 9, "b");
  }

  @Test
  void everythingComesBack() throws StateFormatException {
    assertThat(EVENTS.stream().map(Object::getClass).distinct().count())
        .isEqualTo(Event.class.getPermittedSubclasses().length);
    assertThat(StateCodec.decodeEntry(StateCodec.encode(ENTRY))).isEqualTo(ENTRY);
    assertThat(StateCodec.decodeDurable(StateCodec.encode(durable()))).isEqualTo(durable());
    assertThat(StateCodec.decodeDurable(StateCodec.encode(Durable.EMPTY))).isEqualTo(Durable.EMPTY);
  }

  @Test
  void damageIsRefusedOrHarmless() {
    SeededSampling sampling = SeededSampling.begin();
    Random random = sampling.random();
    byte[] entry = StateCodec.encode(ENTRY);
    byte[] durable = StateCodec.encode(durable());
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = sampling.damaged(i % 2 == 0 ? entry : durable, 4);
      bytes = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
      try {
        if (i % 2 == 0) {
          LogEntry read = StateCodec.decodeEntry(bytes);
          assertThat(StateCodec.decodeEntry(StateCodec.encode(read))).isEqualTo(read);
        } else {
          Durable read = StateCodec.decodeDurable(bytes);
          assertThat(StateCodec.decodeDurable(StateCodec.encode(read))).isEqualTo(read);
        }
      } catch (StateFormatException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(5_000);
  }

  @Test
  void refusalsSayWhatAndWhere() {
    byte[] bytes = StateCodec.encode(ENTRY);
    assertThatThrownBy(() -> StateCodec.decodeEntry(Arrays.copyOf(bytes, bytes.length - 1)))
        .isInstanceOf(StateFormatException.class)
        .hasMessageContaining("it ends early");
    assertThatThrownBy(() -> StateCodec.decodeEntry(Arrays.copyOf(bytes, bytes.length + 1)))
        .hasMessageContaining("1 bytes are left over");
    byte[] other = bytes.clone();
    other[0] = 7;
    assertThatThrownBy(() -> StateCodec.decodeEntry(other))
        .hasMessage("format 7, not 3, at byte 1 of %d".formatted(bytes.length));
  }

  @Test
  void aFileKeepsWhatWasWrittenLast(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("state");
    StateFile file = new StateFile(path);
    assertThat(file.read()).isEqualTo(Durable.EMPTY);
    file.write(Durable.EMPTY);
    file.write(durable());
    assertThat(file.read()).isEqualTo(durable());

    // What a crash while writing leaves behind is not looked at.
    Files.write(folder.resolve("state.new"), new byte[] {1, 2, 3});
    assertThat(file.read()).isEqualTo(durable());
    file.write(Durable.EMPTY);
    assertThat(file.read()).isEqualTo(Durable.EMPTY);
  }

  @Test
  void aDamagedFileIsRefused(@TempDir Path folder) throws IOException {
    Path path = folder.resolve("state");
    StateFile file = new StateFile(path);
    file.write(durable());
    byte[] good = Files.readAllBytes(path);
    for (int position = 0; position < good.length; position++) {
      byte[] bytes = good.clone();
      bytes[position] ^= 1;
      Files.write(path, bytes);
      assertThatThrownBy(file::read)
          .as("byte %d", position)
          .isInstanceOf(StateFormatException.class);
    }
    Files.write(path, new byte[0]);
    assertThatThrownBy(file::read).hasMessageContaining("is no state of a node");
  }
}
