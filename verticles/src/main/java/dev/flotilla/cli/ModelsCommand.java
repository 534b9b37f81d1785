package dev.flotilla.cli;

import dev.flotilla.chat.jinja.JinjaException;
import dev.flotilla.chat.jinja.JinjaTemplate;
import dev.flotilla.chat.jinja.Limits;
import dev.flotilla.chat.jinja.TemplateFeatures;
import dev.flotilla.cli.config.Host;
import dev.flotilla.cli.config.NodeConfiguration;
import dev.flotilla.cli.config.NodeOptionsAssembly;
import dev.flotilla.cli.doctor.Sizes;
import dev.flotilla.engine.EngineException;
import dev.flotilla.gguf.ModelFacts;
import dev.flotilla.node.ModelFiles;
import dev.flotilla.node.shard.ModelFile;
import dev.flotilla.sharding.ModelCard;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flotilla models}: the model files on this machine. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    description = "List and inspect model files.",
    synopsisSubcommandLabel = "COMMAND")
final class ModelsCommand implements Runnable {

  @Spec private CommandSpec spec;

  static CommandLine commandLine(Host host) {
    return new CommandLine(new ModelsCommand())
        .addSubcommand(withFolders(new ListFiles(host)))
        .addSubcommand(withFolders(new Inspect(host)));
  }

  private static CommandLine withFolders(Object command) {
    CommandLine line = new CommandLine(command);
    NodeConfiguration.addFolderFlags(line.getCommandSpec());
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say what to do: list or inspect.");
  }

  private static ModelFiles files(CommandSpec spec, Host host) {
    var settings = NodeConfiguration.load(spec.commandLine().getParseResult(), host);
    return new ModelFiles(new NodeOptionsAssembly(settings, host).modelsDir());
  }

  /** {@code flotilla models list}. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      abbreviateSynopsis = true,
      description = "List the GGUF files in the models folder.")
  static final class ListFiles implements Runnable {

    private final Host host;

    @Spec private CommandSpec spec;

    ListFiles(Host host) {
      this.host = host;
    }

    @Override
    public void run() {
      ModelFiles files = files(spec, host);
      PrintWriter out = spec.commandLine().getOut();
      List<Path> found = found(files);
      if (found.isEmpty()) {
        spec.commandLine().getErr().println("There is no GGUF file in " + files.modelsDir());
      }
      found.forEach(path -> out.println(line(path)));
    }

    private List<Path> found(ModelFiles files) {
      try {
        return files.list();
      } catch (IOException e) {
        throw new ParameterException(
            spec.commandLine(), "can't read " + files.modelsDir() + ": " + e.getMessage());
      }
    }

    private static String line(Path path) {
      String id = ModelFiles.defaultId(path);
      try {
        ModelCard card = ModelFile.read(id, path).card();
        return "%-32s %-12s %-8s %10s  %s"
            .formatted(
                id, card.architecture(), card.quantization(), Sizes.bytes(card.bytes()), path);
      } catch (EngineException e) {
        return "%-32s unusable: %s".formatted(id, e.getMessage());
      }
    }
  }

  /** {@code flotilla models inspect}. */
  @Command(
      name = "inspect",
      mixinStandardHelpOptions = true,
      abbreviateSynopsis = true,
      description = "Say what a GGUF file holds, without loading it.")
  static final class Inspect implements Runnable {

    private final Host host;

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A path, or a name in the models folder.")
    private String file;

    Inspect(Host host) {
      this.host = host;
    }

    @Override
    public void run() {
      Path path = files(spec, host).locate(file);
      try {
        print(ModelFile.read(ModelFiles.defaultId(path), path));
      } catch (EngineException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage());
      }
    }

    private void print(ModelFile model) {
      ModelFacts facts = model.facts();
      row("id", model.card().id());
      facts.name().ifPresent(name -> row("name", name));
      facts.license().ifPresent(license -> row("license", license));
      row("architecture", facts.architecture());
      row("parameters", Sizes.count(facts.weights().parameters()));
      row("quantisation", facts.weights().quantisation());
      row("size", Sizes.bytes(model.card().bytes()));
      row("files", model.model().files().size());
      row("layers", facts.dimensions().layers());
      row("width", facts.dimensions().embedding());
      row("trained context", facts.dimensions().context());
      row("KV cache", Sizes.bytes(kvBytesPerToken(facts)) + " per token (f16)");
      if (facts.experts().count() > 0) {
        row("experts", facts.experts().used() + " of " + facts.experts().count());
      }
      row("tokenizer", facts.tokenizer().model());
      row("vocabulary", facts.tokenizer().vocabulary());
      row("begin of text", text(facts.tokenizer().bos()));
      row("end of text", text(facts.tokenizer().eos()));
      row("embeddings only", facts.embeddingModel());
      row("chat template", facts.tokenizer().chatTemplate().map(Inspect::describe).orElse("none"));
    }

    private static String describe(String template) {
      try {
        JinjaTemplate compiled = JinjaTemplate.compile(template, Limits.DEFAULT);
        List<String> features = TemplateFeatures.of(compiled).names();
        return features.isEmpty() ? "its own" : "its own: " + String.join(", ", features);
      } catch (JinjaException e) {
        return "its own, which does not compile: " + e.getMessage();
      }
    }

    private static long kvBytesPerToken(ModelFacts facts) {
      long bytes = 0;
      for (int layer = 0; layer < facts.attention().kvHeads().size(); layer++) {
        bytes += facts.attention().kvBytesPerToken(layer);
      }
      return bytes;
    }

    private static String text(OptionalInt token) {
      return token.isPresent() ? "token " + token.getAsInt() : "none";
    }

    private void row(String name, Object value) {
      spec.commandLine().getOut().println("%-16s %s".formatted(name, value));
    }
  }
}
