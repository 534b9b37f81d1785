package dev.flotilla.cli.doctor;

/** What a check found. */
public sealed interface Finding {

  /** What is there, for people. */
  String detail();

  /**
   * All is well.
   *
   * @param detail what is there
   */
  record Fine(String detail) implements Finding {}

  /**
   * A node starts, but not as it should.
   *
   * @param detail what is there
   * @param remedy what to do
   */
  record Doubtful(String detail, String remedy) implements Finding {}

  /**
   * A node can't start or serve.
   *
   * @param detail what is wrong
   * @param remedy how to mend it
   */
  record Blocking(String detail, String remedy) implements Finding {}
}
