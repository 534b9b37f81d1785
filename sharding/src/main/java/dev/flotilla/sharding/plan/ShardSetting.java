package dev.flotilla.sharding.plan;

/** How {@code --shard} says whether models are cut: {@code auto}, {@code off} or how often. */
public sealed interface ShardSetting {

  /** Into as many stages as is best. */
  record Auto() implements ShardSetting {}

  /** Into exactly so many stages. */
  record Stages(int count) implements ShardSetting {
    public Stages {
      if (count < 1 || count > MAX_STAGES) {
        throw new IllegalArgumentException(
            "%d stages; there can be 1 to %d".formatted(count, MAX_STAGES));
      }
    }
  }

  /** Not at all. */
  record Off() implements ShardSetting {}

  /** More stages than any model has layers. */
  int MAX_STAGES = 1024;

  /**
   * Reads the setting.
   *
   * @throws IllegalArgumentException saying what it may be
   */
  static ShardSetting parse(String text) {
    return switch (text) {
      case "auto" -> new Auto();
      case "off" -> new Off();
      default -> {
        if (!text.matches("[0-9]{1,4}")) {
          throw new IllegalArgumentException(
              "'%s' is neither auto, off nor a number of stages".formatted(text));
        }
        yield new Stages(Integer.parseInt(text));
      }
    };
  }

  /** The constraints with this many nodes. */
  default Constraints applyTo(Constraints constraints) {
    return switch (this) {
      case Auto() -> constraints.withNodes(1, Integer.MAX_VALUE);
      case Stages(int count) -> constraints.withNodes(count, count);
      case Off() -> constraints.withNodes(1, 1);
    };
  }
}
