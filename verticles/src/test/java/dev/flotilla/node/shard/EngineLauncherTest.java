package dev.flotilla.node.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.junit.jupiter.api.Test;

/** The AOT caches of engine processes, which the launcher of the program names by properties. */
class EngineLauncherTest {
  private final Properties properties = new Properties();

  @Test
  void withoutPropertiesThereIsNoCache() {
    EngineLauncher launcher = EngineLauncher.standard(properties, _ -> {});

    assertThat(launcher.jvmFlags()).noneMatch(flag -> flag.contains("AOT"));
    assertThat(launcher.stopMillis()).isEqualTo(5_000);
  }

  @Test
  void theProcessMayBeAnotherEngines() {
    assertThat(EngineLauncher.standard(properties, _ -> {}).mainClass())
        .isEqualTo("dev.flotilla.node.worker.EngineMain");
    properties.setProperty("flotilla.engine.main-class", "another.Main");
    assertThat(EngineLauncher.standard(properties, _ -> {}).mainClass()).isEqualTo("another.Main");
  }

  @Test
  void startsFromTheCacheThatIsNamed() {
    properties.setProperty("flotilla.engine.aot-cache", "/a folder/engine.aot");

    assertThat(EngineLauncher.standard(properties, _ -> {}).jvmFlags())
        .contains("-XX:AOTCache=/a folder/engine.aot");
  }

  @Test
  void aProcessThatLeavesACacheHasTimeToWriteIt() {
    properties.setProperty("flotilla.engine.aot-cache", "old.aot");
    properties.setProperty("flotilla.engine.aot-output", "new.aot");

    EngineLauncher launcher = EngineLauncher.standard(properties, _ -> {});

    assertThat(launcher.jvmFlags())
        .contains("-XX:AOTCacheOutput=new.aot")
        .doesNotContain("-XX:AOTCache=old.aot");
    assertThat(launcher.stopMillis()).isEqualTo(60_000);
  }

  @Test
  void nothingOfTheJvmReachesTheFramesOnStandardOutput() {
    assertThat(EngineLauncher.standard(properties, _ -> {}).jvmFlags())
        .contains("-XX:+DisplayVMOutputToStderr", "-Xlog:disable", "-Xlog:all=warning:stderr");
  }
}
