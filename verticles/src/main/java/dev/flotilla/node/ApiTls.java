package dev.flotilla.node;

import java.nio.file.Path;

/** Whether the HTTP API is served over TLS, and with which certificate. */
public sealed interface ApiTls {
  /** Plain HTTP. */
  record Off() implements ApiTls {}

  /**
   * A certificate of the user's.
   *
   * @param certificate PEM file with the certificate and those that lead to its authority
   * @param key PEM file with its private key
   */
  record Files(Path certificate, Path key) implements ApiTls {}

  /** A certificate that the node makes and keeps in its state folder. */
  record SelfSigned() implements ApiTls {}

  /** The scheme of the API's URLs. */
  default String scheme() {
    return this instanceof Off ? "http" : "https";
  }
}
