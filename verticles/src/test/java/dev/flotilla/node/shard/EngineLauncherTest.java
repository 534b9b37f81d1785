package dev.flotilla.node.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** What engine processes are started with. */
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
  void noSecretOfTheNodeIsInItsEnvironment() {
    Map<String, String> environment =
        environment("FLOTILLA_TOKEN", "a", "API_KEY", "b", "MY_SECRET", "c", "HOME", "/home/d");
    EngineLauncher.prepare(environment);

    assertThat(environment).containsOnlyKeys("HOME", "GLIBC_TUNABLES");
  }

  @Test
  void asksForHugePagesUnlessTheUserHasDecided() {
    Map<String, String> unset = environment();
    Map<String, String> other = environment("GLIBC_TUNABLES", "glibc.malloc.arena_max=2");
    Map<String, String> decided = environment("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0");
    EngineLauncher.prepare(unset);
    EngineLauncher.prepare(other);
    EngineLauncher.prepare(decided);

    assertThat(unset).containsEntry("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    assertThat(other)
        .containsEntry("GLIBC_TUNABLES", "glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1");
    assertThat(decided).containsEntry("GLIBC_TUNABLES", "glibc.malloc.hugetlb=0");
  }

  private static Map<String, String> environment(String... namesAndValues) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      environment.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return environment;
  }

  @Test
  void nothingOfTheJvmReachesTheFramesOnStandardOutput() {
    assertThat(EngineLauncher.standard(properties, _ -> {}).jvmFlags())
        .contains("-XX:+DisplayVMOutputToStderr", "-Xlog:disable", "-Xlog:all=warning:stderr");
  }
}
