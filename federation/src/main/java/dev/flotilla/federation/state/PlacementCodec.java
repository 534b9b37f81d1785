package dev.flotilla.federation.state;

import dev.flotilla.federation.state.Placement.StageAt;
import dev.flotilla.federation.state.Placement.Status;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The bytes of pipelines that are to be. */
final class PlacementCodec {
  private PlacementCodec() {}

  static void write(ByteSink sink, Placement placement) {
    sink.text(placement.pipelineId()).text(placement.modelId()).text(placement.buildId());
    sink.u8(placement.status().code).u8(placement.onDemand() ? 1 : 0).text(placement.problem());
    write(sink, placement.stages());
    sink.list(placement.terms().stream().toList(), terms -> write(sink, terms));
    sink.list(placement.replacement().stream().toList(), next -> write(sink, next));
  }

  static Placement readPlacement(ByteSource source) throws StateFormatException {
    String pipelineId = source.text();
    String modelId = source.text();
    String buildId = source.text();
    Status status = readStatus(source);
    boolean onDemand = source.flag();
    String problem = source.text();
    return new Placement(
        pipelineId,
        modelId,
        buildId,
        readStages(source),
        onDemand,
        status,
        problem,
        optional(source.list("terms", 1, () -> readTerms(source))),
        optional(source.list("replacements", 1, () -> readReplacement(source))));
  }

  private static <T> Optional<T> optional(List<T> upToOne) {
    return upToOne.stream().findFirst();
  }

  static void write(ByteSink sink, Replacement next) {
    sink.text(next.buildId()).u8(next.status().code).text(next.problem()).text(next.reason());
    write(sink, next.stages());
  }

  static Replacement readReplacement(ByteSource source) throws StateFormatException {
    String buildId = source.text();
    Status status = readStatus(source);
    String problem = source.text();
    String reason = source.text();
    return new Replacement(buildId, readStages(source), status, problem, reason);
  }

  private static void write(ByteSink sink, List<StageAt> stages) {
    sink.list(
        stages,
        stage ->
            sink.text(stage.nodeId()).i32(stage.from()).i32(stage.to()).i64(stage.memoryBytes()));
  }

  private static List<StageAt> readStages(ByteSource source) throws StateFormatException {
    return source.list(
        "stages",
        Limits.STAGES,
        () -> new StageAt(source.text(), source.i32(), source.i32(), source.i64()));
  }

  private static void write(ByteSink sink, Terms terms) {
    sink.u8(terms.throughput() ? 1 : 0).i32(terms.minNodes()).i32(terms.maxNodes());
    sink.list(terms.heads(), sink::text);
    sink.list(terms.only(), sink::text);
    sink.list(terms.excluded(), sink::text);
    sink.list(terms.labels().entrySet(), label -> sink.text(label.getKey()).text(label.getValue()));
  }

  private static Terms readTerms(ByteSource source) throws StateFormatException {
    return new Terms(
        source.flag(),
        source.i32(),
        source.i32(),
        readNodes(source),
        readNodes(source),
        readNodes(source),
        readLabels(source));
  }

  private static SortedSet<String> readNodes(ByteSource source) throws StateFormatException {
    return new TreeSet<>(source.list("nodes", Terms.MOST, source::text));
  }

  private static SortedMap<String, String> readLabels(ByteSource source)
      throws StateFormatException {
    SortedMap<String, String> labels = new TreeMap<>();
    source.list("labels", Terms.MOST, () -> labels.put(source.text(), source.text()) == null);
    return labels;
  }

  static Status readStatus(ByteSource source) throws StateFormatException {
    int code = source.u8();
    for (Status status : Status.values()) {
      if (status.code == code) {
        return status;
      }
    }
    throw source.wrong("status %d".formatted(code));
  }
}
