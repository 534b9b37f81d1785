package dev.flotilla;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.flotilla.engine.llama.NativeLibraries;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The room plan: which packages may use which. {@code docs/ARCHITECTURE.md} explains it. */
class RoomPlanTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.flotilla");

  private static final String[] JDK = {
    "java..", "javax.crypto..", "javax.security.auth..", "org.jspecify..", "org.slf4j.."
  };

  /** Each room with the rooms and libraries that it may use, besides the JDK. */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("dev.flotilla.tokens..", List.of("org.bouncycastle..", "javax.net.ssl..")),
          Map.entry("dev.flotilla.gguf..", List.of()),
          Map.entry(
              "dev.flotilla.engine",
              List.of("dev.flotilla.engine.metering..", "dev.flotilla.gguf..")),
          Map.entry("dev.flotilla.engine.metering..", List.of("dev.flotilla.gguf..")),
          Map.entry(
              "dev.flotilla.engine.llama..", List.of("dev.flotilla.engine", "dev.flotilla.gguf..")),
          Map.entry(
              "dev.flotilla.engine.simulated..",
              List.of("dev.flotilla.engine", "dev.flotilla.gguf..")),
          Map.entry(
              "dev.flotilla.engine.process..",
              List.of(
                  "dev.flotilla.engine",
                  "dev.flotilla.engine.metering..",
                  "dev.flotilla.engine.wire..",
                  "dev.flotilla.gguf..")),
          Map.entry(
              "dev.flotilla.engine.wire..",
              List.of("dev.flotilla.engine", "dev.flotilla.engine.metering..")),
          Map.entry("dev.flotilla.chat..", List.of()),
          Map.entry(
              "dev.flotilla.sharding..",
              List.of(
                  "dev.flotilla.engine",
                  "dev.flotilla.engine.metering..",
                  "dev.flotilla.engine.wire..",
                  "dev.flotilla.gguf..",
                  "javax.net.ssl..",
                  "io.vertx.core..",
                  "io.smallrye.mutiny..")),
          Map.entry(
              "dev.flotilla.federation..",
              List.of(
                  "dev.flotilla.sharding",
                  "dev.flotilla.engine",
                  "dev.flotilla.engine.process",
                  "dev.flotilla.engine.wire",
                  "io.vertx.core..",
                  "io.smallrye.mutiny..")),
          Map.entry(
              "dev.flotilla.node.upstream..",
              List.of(
                  "dev.flotilla.federation",
                  "javax.net.ssl..",
                  "io.vertx.core..",
                  "io.prometheus..")),
          Map.entry(
              "dev.flotilla.node.discovery..", List.of("dev.flotilla.tokens..", "javax.jmdns..")),
          Map.entry(
              "dev.flotilla.node.upnp..",
              List.of(
                  "dev.flotilla.node.discovery..",
                  "javax.xml..",
                  "org.w3c.dom..",
                  "org.xml.sax..")));

  @TestFactory
  Stream<DynamicTest> roomsUseOnlyWhatTheyMay() {
    return MAY_USE.entrySet().stream()
        .map(room ->
            DynamicTest.dynamicTest(
                room.getKey(),
                () -> {
                  String[] allowed =
                      Stream.of(Stream.of(JDK), Stream.of(room.getKey()), room.getValue().stream())
                          .flatMap(each -> each)
                          .toArray(String[]::new);
                  rule(
                      classes()
                          .that()
                          .resideInAPackage(room.getKey())
                          .should()
                          .onlyDependOnClassesThat()
                          .resideInAnyPackage(allowed));
                }));
  }

  @Test
  void onlyTheLlamaRoomTouchesNativeCode() {
    rule(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.flotilla.engine.llama..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign.."));
  }

  @Test
  void onlyTheWorkerLoadsTheNativeEngine() {
    rule(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                "dev.flotilla.engine.llama..",
                "dev.flotilla.node.worker..",
                "dev.flotilla.benchmarks..")
            .should()
            .dependOnClassesThat(
                // The pinned files may be looked at from anywhere; loading them is the worker's.
                resideInAPackage("dev.flotilla.engine.llama..")
                    .and(not(equivalentTo(NativeLibraries.class)))));
  }

  @Test
  void nothingButTheCommandLineKnowsTheCommandLine() {
    rule(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.flotilla.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.flotilla.cli..", "picocli.."));
  }

  @Test
  void onlyTheClusterRoomKnowsHazelcast() {
    rule(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.flotilla.node.cluster..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.hazelcast.."));
  }

  @Test
  void roomsOfTheNodeHaveNoCycles() {
    rule(slices().matching("dev.flotilla.node.(*)..").should().beFreeOfCycles());
  }

  private static void rule(ArchRule rule) {
    // A room that is still empty breaks no rule.
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
