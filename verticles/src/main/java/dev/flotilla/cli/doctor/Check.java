package dev.flotilla.cli.doctor;

/** One thing that a node needs. */
public interface Check {

  /** What is checked, in a word or two. */
  String name();

  /** Looks. May block on the disk; never throws for what it finds. */
  Finding look();
}
