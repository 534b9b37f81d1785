package dev.flotilla.node;

/** Runs a node in this process. */
@FunctionalInterface
public interface NodeRunner {

  /**
   * Starts a node, prints its {@link StartupBanner} and readiness line when it serves, and blocks
   * until it is told to stop and has drained.
   *
   * @return the exit status of the process: 0 after an orderly stop, 1 when it could not start or
   *     go on
   * @throws OptionException if an option turns out to be wrong only now, an address in use say
   */
  int run(NodeOptions options);
}
