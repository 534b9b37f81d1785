package dev.flotilla.node.lending;

/**
 * Ports that may be listened on.
 *
 * @param first 1 to 65535, or 0 with {@code last} 0: any free one
 * @param last not before {@code first}
 */
public record PortRange(int first, int last) {
  /** Any free port. */
  public static final PortRange ANY = new PortRange(0, 0);

  private static final int MOST = 65_535;

  /**
   * A range.
   *
   * @throws IllegalArgumentException if it is none
   */
  public PortRange {
    boolean any = first == 0 && last == 0;
    if (!any && (first < 1 || last < first || last > MOST)) {
      throw new IllegalArgumentException(
          "%d-%d is no range of ports (1 to %d)".formatted(first, last, MOST));
    }
  }

  /**
   * Reads {@code FIRST-LAST}, or one port.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  public static PortRange parse(String text) {
    if (!text.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
      throw new IllegalArgumentException(
          "'" + text + "' is no range of ports: write FIRST-LAST, or one port");
    }
    String[] ends = text.split("-", 2);
    return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
  }

  /** How many ports they are. */
  int size() {
    return last - first + 1;
  }

  @Override
  public String toString() {
    return first == last ? String.valueOf(first) : first + "-" + last;
  }
}
