package dev.flotilla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs a copy of the real launcher among JDKs and a Maven that only say that they were called. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {

  private static final List<String> CACHES =
      List.of("with a cache\n", "with a cache for engines\n");

  @TempDir private Path folder;
  private Path installation;
  private Path jvms;
  private Path bin;

  @BeforeEach
  void install() throws IOException {
    installation = Files.createDirectories(folder.resolve("the installation"));
    jvms = Files.createDirectory(folder.resolve("jvms"));
    bin = Files.createDirectory(folder.resolve("bin"));
    Files.copy(Repository.root().resolve("flotilla"), installation.resolve("flotilla"));
    for (String tool :
        List.of("readlink", "dirname", "sed", "find", "mkdir", "grep", "sleep", "rm", "mv")) {
      script(bin.resolve(tool), "exec " + toolOnPath(tool) + " \"$@\"");
    }
  }

  @Test
  void runsTheJarWithTheNewestJdkOfTheUsualFolders() throws Exception {
    build();
    jdk("21");
    Path newest = jdk("26");
    jdk("25");

    Outcome outcome = launch("version", "two words");

    assertThat(outcome.status()).isZero();
    assertThat(outcome.output())
        .startsWith("java " + newest)
        .contains("--enable-native-access=ALL-UNNAMED")
        .contains("-Dflotilla.home=" + installation.toRealPath())
        .endsWith("flotilla.jar|version|two words|\n");
  }

  @Test
  void prefersJavaHomeThatIsNewEnough() throws Exception {
    build();
    Path chosen = jdk("25");
    jdk("26");

    assertThat(launchWithJavaHome(chosen, "version").output()).startsWith("java " + chosen);
  }

  @Test
  void passesOverJavaHomeThatIsTooOld() throws Exception {
    build();
    Path old = jdk("17");
    Path chosen = jdk("25");

    assertThat(launchWithJavaHome(old, "version").output()).startsWith("java " + chosen);
  }

  @Test
  void findsTheJdkOfThePathThroughLinks() throws Exception {
    build();
    Path hidden = jdkIn(folder.resolve("elsewhere"), "25");
    Files.createSymbolicLink(bin.resolve("java"), hidden.resolve("bin/java"));

    assertThat(launch("version").output()).startsWith("java " + hidden);
  }

  @Test
  void followsLinksToItself() throws Exception {
    build();
    jdk("25");
    Path link =
        Files.createSymbolicLink(folder.resolve("a link"), installation.resolve("flotilla"));
    Path second = Files.createSymbolicLink(bin.resolve("flotilla"), Path.of("../a link"));

    assertThat(link).exists();
    assertThat(run(second, "", "version").output())
        .contains("-Dflotilla.home=" + installation.toRealPath());
  }

  @Test
  void saysWhatToInstallWithoutAnyJdk() throws Exception {
    Outcome outcome = launch("version");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).contains("no JDK found").contains("Install JDK 25 or newer");
  }

  @Test
  void saysThatTheNewestJdkIsTooOld() throws Exception {
    jdk("11");
    jdk("21");

    Outcome outcome = launch("version");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).contains("newest JDK found is 21, which is too old");
  }

  @Test
  void saysThatMavenIsMissing() throws Exception {
    jdk("25");

    Outcome outcome = launch("version");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).contains("Maven (mvn) is not on the PATH");
  }

  @Test
  void buildsOnFirstUse() throws Exception {
    jdk("25");
    mavenThatBuilds();

    Outcome first = launch("version");
    Outcome second = launch("version");

    assertThat(first.status()).isZero();
    assertThat(first.output()).contains("first start, building").contains("flotilla.jar|version|");
    assertThat(second.output()).doesNotContain("building").contains("flotilla.jar|version|");
  }

  @Test
  void saysThatTheBuildFailed() throws Exception {
    jdk("25");
    script(bin.resolve("mvn"), "echo 'some compiler error'; exit 1");

    Outcome outcome = launch("version");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.output()).contains("some compiler error").contains("the build failed");
  }

  @Test
  void theBuildLeavesACacheThatEveryStartUses() throws Exception {
    mavenThatBuilds();
    jdkThatCanBeTrained();

    Outcome first = launch("run");
    Outcome second = launch("run");

    assertThat(first.output()).contains("preparing faster starts").contains(CACHES);
    assertThat(second.output()).doesNotContain("preparing").contains(CACHES);
    assertThat(lock()).doesNotExist();
  }

  @Test
  void theTrainingIsAskedSomethingAndKnowsNoneOfTheUsersSettings() throws Exception {
    mavenThatBuilds();
    jdkThatCanBeTrained();

    assertThat(launch("run").output())
        .contains("trained without a token")
        .contains("asked at http://127.0.0.1:4711")
        .contains("runs with token fltk_mine");
  }

  @Test
  void withoutACacheTheNodeStartsAllTheSame() throws Exception {
    build();
    jdkThatCanBeTrained();

    Outcome outcome = launch("run");

    assertThat(outcome.status()).isZero();
    assertThat(outcome.output()).doesNotContain("preparing").doesNotContain("with a cache");
  }

  @Test
  void aTrainingThatFailsIsTold() throws Exception {
    mavenThatBuilds();
    jdk("25");

    Outcome outcome = launch("run");

    assertThat(outcome.status()).isZero();
    assertThat(outcome.output())
        .contains("that failed; nodes will take somewhat longer to start")
        .endsWith("flotilla.jar|run|\n")
        .doesNotContain("AOTCache=");
    assertThat(lock()).doesNotExist();
  }

  @Test
  void twoTrainingsDoNotMeet() throws Exception {
    mavenThatBuilds();
    jdkThatCanBeTrained();
    lockedBy(ProcessHandle.current().pid());

    assertThat(launch("run").output()).doesNotContain("preparing").doesNotContain("with a cache");
    assertThat(lock()).exists();
  }

  @Test
  void aTrainingThatWasKilledDoesNotPreventTheNext() throws Exception {
    mavenThatBuilds();
    jdkThatCanBeTrained();
    Process gone =
        new ProcessBuilder(toolOnPath("true").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(gone.waitFor()).isZero();
    lockedBy(gone.pid());

    assertThat(launch("run").output()).contains("preparing").contains("with a cache");
    assertThat(lock()).doesNotExist();
  }

  private void build() throws IOException {
    Path lib = Files.createDirectories(installation.resolve("verticles/target/flotilla/lib"));
    Files.createFile(lib.resolve("flotilla.jar"));
  }

  private void mavenThatBuilds() throws IOException {
    script(
        bin.resolve("mvn"),
        "mkdir -p verticles/target/flotilla/lib; : > verticles/target/flotilla/lib/flotilla.jar");
  }

  /** Leaves what it heard in the training in the cache, and tells it from there. */
  private void jdkThatCanBeTrained() throws IOException {
    script(
        jdk("25").resolve("bin/java"),
        """
        cache=verticles/target/flotilla/flotilla.aot
        for flag; do
          case $flag in
            -XX:AOTCacheOutput=*)
              echo "trained with${FLOTILLA_TOKEN-out} a token" >"${flag#*=}" ;;
            -Dflotilla.engine.aot-output=*)
              : >"${flag#*=}"
              echo 'ready http://127.0.0.1:4711'
              exit 0 ;;
            http:*)
              echo "asked at $flag" >>"${0%jvms*}the installation/$cache.lock/node"
              exit 0 ;;
            -XX:AOTCache=*)
              echo 'with a cache'
              while read -r line; do echo "$line"; done <"${flag#*=}" ;;
            -Dflotilla.engine.aot-cache=*)
              echo 'with a cache for engines' ;;
          esac
        done
        echo "runs with token $FLOTILLA_TOKEN"
        """);
  }

  private Path lock() {
    return installation.resolve("verticles/target/flotilla/flotilla.aot.lock");
  }

  private void lockedBy(long pid) throws IOException {
    Files.createDirectories(lock());
    Files.writeString(lock().resolve("pid"), pid + "\n");
  }

  private Path jdk(String version) throws IOException {
    return jdkIn(jvms.resolve("jdk-" + version), version);
  }

  private static Path jdkIn(Path home, String version) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + ".0.1\"\nOS_NAME=\"Linux\"\n");
    script(home.resolve("bin/java"), "printf 'java %s ' '" + home + "'; printf '%s|' \"$@\"; echo");
    return home;
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Outcome launch(String... arguments) throws IOException, InterruptedException {
    return run(installation.resolve("flotilla"), "", arguments);
  }

  private Outcome launchWithJavaHome(Path javaHome, String... arguments)
      throws IOException, InterruptedException {
    return run(installation.resolve("flotilla"), javaHome.toString(), arguments);
  }

  private Outcome run(Path launcher, String javaHome, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().put("HOME", folder.resolve("home").toString());
    builder.environment().put("JAVA_HOME", javaHome);
    builder.environment().put("FLOTILLA_TOKEN", "fltk_mine");
    builder.environment().put("FLOTILLA_JVM_FOLDERS", jvms + "/*");
    Process process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), output);
  }

  private static Path toolOnPath(String tool) {
    return List.of("/bin", "/usr/bin").stream()
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("this machine has no " + tool));
  }

  private record Outcome(int status, String output) {}
}
