package dev.flotilla.node.shard;

import java.io.IOException;
import java.util.Arrays;

/** Engine processes that misbehave. */
final class BrokenEngine {
  private BrokenEngine() {}

  /** Dies as an aborted native loader does. */
  static final class Crashes {
    private Crashes() {}

    /** Ends at once. */
    public static void main(String[] args) {
      Runtime.getRuntime().halt(134);
    }
  }

  /** Sends what is no frame. */
  static final class Babbles {
    private Babbles() {}

    /** Writes garbage until it is killed. */
    public static void main(String[] args) throws IOException {
      byte[] garbage = new byte[4096];
      Arrays.fill(garbage, (byte) 0x7F);
      while (true) {
        System.out.write(garbage);
      }
    }
  }
}
