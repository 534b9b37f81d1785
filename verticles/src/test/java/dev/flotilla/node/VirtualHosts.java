package dev.flotilla.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Machines with an address each on one switch: network namespaces on a bridge. All of it is in the
 * network namespace of this process, which must not be the machine's, and ends with it.
 */
final class VirtualHosts implements AutoCloseable {
  /** This process' own place at the switch. */
  private static final String SWITCH_ADDRESS = "10.77.0.254";

  private static final String SWITCH = "switch";
  private static final String CARD = "eth0";

  private final List<Host> hosts = new ArrayList<>();

  /** A machine. */
  static final class Host implements AutoCloseable {
    private final int number;
    private final Process holder;
    private volatile String address;

    private Host(int number) throws Exception {
      this.number = number;
      this.address = "10.77.0." + number;
      // A namespace without a name: it is there as long as this process waits for its input to end.
      this.holder = new ProcessBuilder("unshare", "--net", "cat").start();
      String own = Long.toString(holder.pid());
      awaitOwnNamespace();
      ip("link add port" + number + " type veth peer name " + CARD + " netns " + own);
      ip("link set port" + number + " master " + SWITCH);
      ip("link set port" + number + " up");
      inside("link set lo up");
      inside("address add " + address + "/16 dev " + CARD);
      inside("link set " + CARD + " up");
    }

    private void awaitOwnNamespace() throws Exception {
      String outside = namespaceOf("self");
      LocalSwarm.await(() -> !namespaceOf(Long.toString(holder.pid())).equals(outside));
    }

    /** What a command begins with that runs on this machine. */
    List<String> entering() {
      return List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net", "--");
    }

    /** Where it is reached. */
    String address() {
      return address;
    }

    /** Takes its network card down, or up again. */
    void setDown(boolean down) throws Exception {
      inside("link set " + CARD + (down ? " down" : " up"));
    }

    /** Gives its network card another address in place of the one it has. */
    void moveTo(String other) throws Exception {
      inside("address del " + address + "/16 dev " + CARD);
      address = other;
      inside("address add " + address + "/16 dev " + CARD);
    }

    /** Pulls its cable out of the switch, or plugs it in again; its card stays up. */
    void setUnplugged(boolean unplugged) throws Exception {
      ip("link set port" + number + (unplugged ? " nomaster" : " master " + SWITCH));
    }

    private void inside(String arguments) throws Exception {
      List<String> command = new ArrayList<>(entering());
      command.add("ip");
      command.addAll(List.of(arguments.split(" ")));
      execute(command);
    }

    @Override
    public void close() {
      holder.destroyForcibly();
    }
  }

  /** So many machines, numbered from 1; the first has the address 10.77.0.1. */
  VirtualHosts(int count) throws Exception {
    assertThat(System.getProperty(Namespaced.MARK)).as("the machine's own network").isNotNull();
    ip("link set lo up");
    ip("link add " + SWITCH + " type bridge");
    ip("address add " + SWITCH_ADDRESS + "/16 dev " + SWITCH);
    ip("link set " + SWITCH + " up");
    for (int number = 1; number <= count; number++) {
      hosts.add(new Host(number));
    }
  }

  Host host(int number) {
    return Objects.requireNonNull(hosts.get(number - 1));
  }

  private static String namespaceOf(String process) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc", process, "ns", "net")).toString();
  }

  private static void ip(String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    execute(command);
  }

  private static void execute(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("%s", command).isTrue();
    assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
  }

  @Override
  public void close() {
    hosts.forEach(Host::close);
  }
}
