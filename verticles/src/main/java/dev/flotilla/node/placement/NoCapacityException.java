package dev.flotilla.node.placement;

/** There is nobody to host what is to be hosted, for now. */
final class NoCapacityException extends Exception {
  private static final long serialVersionUID = 1;

  NoCapacityException(String message) {
    super(message);
  }
}
