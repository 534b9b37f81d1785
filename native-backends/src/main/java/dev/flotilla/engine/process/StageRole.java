package dev.flotilla.engine.process;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an engine process does with its stage. */
public sealed interface StageRole {

  /** It is the whole model. */
  record Whole() implements StageRole {}

  /**
   * It is the first stage, and drives the others. Where those are an {@link EngineCommand.Relink}
   * says: they may still be on their way while this one is loaded.
   */
  record First(LinkTerms terms) implements StageRole {}

  /**
   * It is a later stage, and waits to be linked.
   *
   * @param bindAddress where it listens
   * @param port 0 for any free one
   */
  record Later(LinkTerms terms, String bindAddress, int port) implements StageRole {}

  /**
   * It only shows how fast it is: {@link EngineReport.Figures} are the answer, and the process
   * ends.
   */
  record Trial() implements StageRole {}

  /**
   * Where a stage takes links.
   *
   * @param nodeId whose it is; empty where links are plain
   */
  record StagePeer(String nodeId, String host, int port) {}

  /**
   * What stages of a chain agree on.
   *
   * @param version of Flotilla
   * @param model names the model and this chain of it; who does not know it is not linked
   * @param activations how hidden states travel: a name of the link's activation types
   * @param identity keys and trust for TLS; without them links are plain
   */
  record LinkTerms(
      String version, String model, String activations, Optional<LinkIdentity> identity) {}

  /**
   * Keys and trust of a stage.
   *
   * @param credentials as {@code tokens.LinkCredentials} encodes them
   */
  record LinkIdentity(byte[] credentials) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof LinkIdentity that && Arrays.equals(credentials, that.credentials);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(credentials);
    }

    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return "LinkIdentity[" + credentials.length + " bytes]";
    }
  }
}
