package dev.flotilla.engine.process;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an engine process does with its stage. */
public sealed interface StageRole {

  /** It is the whole model. */
  record Whole() implements StageRole {}

  /**
   * It is the first stage, and drives the others.
   *
   * @param onward all stages after it, in order
   */
  record First(LinkTerms terms, List<StagePeer> onward) implements StageRole {
    public First {
      onward = List.copyOf(onward);
    }
  }

  /**
   * It is a later stage, and waits to be linked.
   *
   * @param bindAddress where it listens
   * @param port 0 for any free one
   */
  record Later(LinkTerms terms, String bindAddress, int port) implements StageRole {}

  /** Where a stage takes links. */
  record StagePeer(String host, int port) {}

  /**
   * What stages of a chain agree on.
   *
   * @param version of Flotilla
   * @param model a digest of the whole model
   * @param activations how hidden states travel: a name of the link's activation types
   * @param identity keys and trust for TLS; without them links are plain
   */
  record LinkTerms(
      String version, String model, String activations, Optional<LinkIdentity> identity) {}

  /**
   * Keys and trust of a stage.
   *
   * @param keyStore PKCS #12: the private key with its certificates, and the certificates trusted
   * @param password of the store
   */
  record LinkIdentity(byte[] keyStore, String password) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof LinkIdentity that
          && Arrays.equals(keyStore, that.keyStore)
          && password.equals(that.password);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(keyStore);
    }

    /** Secrets stay out of logs. */
    @Override
    public String toString() {
      return "LinkIdentity[" + keyStore.length + " bytes]";
    }
  }
}
