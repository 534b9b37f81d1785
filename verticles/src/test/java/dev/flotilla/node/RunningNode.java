package dev.flotilla.node;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The real command line in a process of its own, on a free port of loopback. */
public final class RunningNode implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  private final Process process;
  private final Machine machine;
  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private @Nullable OpenAIClient openAi;

  private RunningNode(Process process, Machine machine, String url) {
    this.process = process;
    this.machine = machine;
    this.url = url;
  }

  /** Starts {@code flotilla run} with these arguments and waits for its readiness line. */
  public static RunningNode start(Path stateDir, String... arguments) throws Exception {
    return whenReady(launch(command("run", stateDir, arguments)));
  }

  /** Starts {@code flotilla federated} with these arguments and waits for its readiness line. */
  public static RunningNode startGateway(Path stateDir, String... arguments) throws Exception {
    return whenReady(launch(command("federated", stateDir, arguments)));
  }

  /** The same for {@code flotilla worker}. */
  public static RunningNode startWorker(Path stateDir, String... arguments) throws Exception {
    return whenReady(launch(command("worker", stateDir, arguments)));
  }

  /**
   * The same with the built-in model and settings of an installation.
   *
   * @param installation the folder that holds {@code conf/}
   * @param log where its standard error goes
   */
  public static RunningNode startInstalled(
      Path installation, Path log, Path stateDir, String... arguments) throws Exception {
    return whenReady(
        launch(
            List.of(),
            List.of("-Dflotilla.home=" + installation),
            command("run", stateDir, arguments),
            ProcessBuilder.Redirect.to(log.toFile())));
  }

  /**
   * Starts a command that serves, and waits for its readiness line.
   *
   * @param command {@code run} or another
   * @param log where its standard error is appended
   */
  public static RunningNode startLogged(
      String command, Path log, Path stateDir, String... arguments) throws Exception {
    return startOn(Machine.THIS, command, log, stateDir, arguments);
  }

  /**
   * Where a node runs.
   *
   * @param entering what a command begins with that runs there
   * @param apiHost what its API listens on
   * @param reached where its API is reached now
   */
  public record Machine(List<String> entering, String apiHost, Supplier<String> reached) {
    /** This machine, on loopback. */
    public static final Machine THIS = new Machine(List.of(), LOOPBACK, () -> LOOPBACK);
  }

  /** The same on another machine. */
  public static RunningNode startOn(
      Machine machine, String command, Path log, Path stateDir, String... arguments)
      throws Exception {
    return whenReady(
        launch(
            machine.entering(),
            List.of(),
            command(machine.apiHost(), command, stateDir, arguments),
            ProcessBuilder.Redirect.appendTo(log.toFile())),
        machine);
  }

  private static List<String> command(String name, Path stateDir, String... arguments) {
    return command(Machine.THIS.apiHost(), name, stateDir, arguments);
  }

  private static List<String> command(
      String apiHost, String name, Path stateDir, String... arguments) {
    List<String> all = new ArrayList<>(List.of(name, "--address", apiHost + ":0"));
    all.addAll(List.of("--state-dir", stateDir.toString()));
    all.addAll(List.of(arguments));
    return all;
  }

  private static RunningNode whenReady(Process process) throws Exception {
    return whenReady(process, Machine.THIS);
  }

  private static RunningNode whenReady(Process process, Machine machine) throws Exception {
    CompletableFuture<String> ready = readinessLine(process);
    try {
      String line = ready.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
      return new RunningNode(process, machine, line.substring("ready ".length()));
    } catch (TimeoutException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** OpenAI's own client, which tries nothing again; closed with the node. */
  synchronized OpenAIClient openAi() {
    if (openAi == null) {
      openAi =
          OpenAIOkHttpClient.builder().baseUrl(url + "/v1").apiKey("any").maxRetries(0).build();
    }
    return openAi;
  }

  /** Starts any command of the command line; its log goes to the test's standard error. */
  public static Process launch(List<String> arguments) throws IOException {
    return launch(ProcessBuilder.Redirect.INHERIT, arguments);
  }

  /** The same with its log elsewhere. */
  static Process launch(ProcessBuilder.Redirect log, List<String> arguments) throws IOException {
    return launch(List.of(), List.of(), arguments, log);
  }

  private static Process launch(
      List<String> entering,
      List<String> javaOptions,
      List<String> arguments,
      ProcessBuilder.Redirect log)
      throws IOException {
    List<String> command = new ArrayList<>(entering);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
    // Most of a short life is start-up, which optimising takes twice as long.
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.flotilla.cli.Main"));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(log).start();
  }

  private static CompletableFuture<String> readinessLine(Process process) {
    CompletableFuture<String> ready = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try (BufferedReader lines =
              new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              if (line.startsWith("ready ")) {
                ready.complete(line);
              }
            }
          } catch (IOException e) {
            ready.completeExceptionally(e);
          }
          ready.completeExceptionally(
              new IllegalStateException("the node ended before it was ready"));
        });
    return ready;
  }

  /** {@code http://HOST:PORT}. */
  public String url() {
    return url.replace(LOOPBACK, machine.reached().get());
  }

  /** The node's process. */
  public Process process() {
    return process;
  }

  /** Its engine processes, which are its children. */
  public List<ProcessHandle> engines() {
    try (Stream<ProcessHandle> children = process.children()) {
      return children.toList();
    }
  }

  /** A GET. */
  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url() + path)).build(), BodyHandlers.ofString());
  }

  /** A POST of JSON. */
  public HttpResponse<String> post(String path, String json)
      throws IOException, InterruptedException {
    return http.send(request(path, json), BodyHandlers.ofString());
  }

  /** A POST of JSON in the name of an administrator. */
  public HttpResponse<String> administer(String adminKey, String path, String json)
      throws IOException, InterruptedException {
    return http.send(administering(adminKey, path, json), BodyHandlers.ofString());
  }

  /** The same, going on in the background. */
  public CompletableFuture<HttpResponse<String>> administerAsync(
      String adminKey, String path, String json) {
    return http.sendAsync(administering(adminKey, path, json), BodyHandlers.ofString());
  }

  private HttpRequest administering(String adminKey, String path, String json) {
    return HttpRequest.newBuilder(request(path, json), (_, _) -> true)
        .header("authorization", "Bearer " + adminKey)
        .build();
  }

  /** A DELETE in the name of an administrator. */
  public HttpResponse<String> delete(String adminKey, String path)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create(url + path))
            .header("authorization", "Bearer " + adminKey)
            .DELETE()
            .build(),
        BodyHandlers.ofString());
  }

  /** A POST of JSON whose answer is read line by line as it comes. */
  public HttpResponse<Stream<String>> stream(String path, String json)
      throws IOException, InterruptedException {
    return http.send(request(path, json), BodyHandlers.ofLines());
  }

  /** A POST of JSON that goes on in the background. */
  public CompletableFuture<HttpResponse<String>> postAsync(String path, String json) {
    return http.sendAsync(request(path, json), BodyHandlers.ofString());
  }

  private HttpRequest request(String path, String json) {
    return HttpRequest.newBuilder(URI.create(url() + path))
        .header("content-type", "application/json")
        .timeout(Duration.ofMinutes(2))
        .POST(HttpRequest.BodyPublishers.ofString(json))
        .build();
  }

  /** Asks the node to end, and waits until it has. */
  @Override
  public void close() {
    http.close();
    if (openAi != null) {
      openAi.close();
    }
    process.destroy();
    if (!ended()) {
      process.destroyForcibly();
      throw new AssertionError("the node did not end within a minute of SIGTERM");
    }
  }

  private boolean ended() {
    try {
      return process.waitFor(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
