package dev.flotilla.node;

import dev.flotilla.chat.JinjaChatTemplate;
import dev.flotilla.engine.EngineException;
import dev.flotilla.node.api.ServedModel;
import dev.flotilla.node.shard.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model that this node serves.
 *
 * @param file where it comes from
 * @param pipeline what runs it
 * @param template how its conversations are written
 */
record OwnModel(ModelFile file, OwnPipeline pipeline, JinjaChatTemplate template) {

  /** The model as clients of this node alone see it. */
  ServedModel served() {
    return new ServedModel(pipeline.served(), template);
  }

  /**
   * The model's file, its header read and checked.
   *
   * @throws OptionException if it is none
   */
  static ModelFile file(ModelOptions options) {
    try {
      return ModelFile.read(options.id(), options.engine().model());
    } catch (EngineException e) {
      throw new OptionException("model", e.getMessage());
    }
  }

  /**
   * The template that the options give the model, or its own.
   *
   * @throws OptionException if it is none
   */
  static JinjaChatTemplate template(ModelOptions options, ModelFile file) {
    try {
      return options.chatTemplate().map(source -> template(source, file)).orElseGet(file::template);
    } catch (EngineException e) {
      throw new OptionException("chat-template", e.getMessage());
    }
  }

  private static JinjaChatTemplate template(ChatTemplateSource source, ModelFile file) {
    return switch (source) {
      case ChatTemplateSource.Jinja(Path path) -> {
        try {
          yield file.template(path.toString(), Files.readString(path));
        } catch (IOException e) {
          throw new OptionException("chat-template", "can't read " + path + ": " + e);
        }
      }
      case ChatTemplateSource.Named(String name) -> {
        if (!name.equals("chatml")) {
          throw new OptionException(
              "chat-template", "no template is called '" + name + "': give chatml or a file");
        }
        yield JinjaChatTemplate.chatMl();
      }
    };
  }
}
