package dev.holdfast.chaos;

import dev.holdfast.cassandra.Seat;
import dev.holdfast.fixture.OpenSsh;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A network of packets: every party has a network namespace with an address of its own, all are
 * plugged into a bridge in one more namespace, and that bridge drops what is cut. The clients are
 * this process, and stay in the namespace that it has; one more interface leads from there to the
 * bridge. It takes root, {@code ip}, {@code nft} and {@code ss}.
 *
 * <p>The addresses are 10.83.N.x, with an N to which this machine has no route yet. Nothing is
 * forwarded, so nothing leaves the machine.
 *
 * <p>What is true for packets differs from what {@link Wires} does. A connection is not accepted
 * through a cut. After one, TCP sends again what was lost when its patience, doubled each time,
 * runs out; so a silence may be twice as long as the cut. A machine without power has a new kernel
 * when it is back, which answers packets of the old one's connections with a reset, and those who
 * send nothing never hear of it.
 *
 * <p>All names hold this process's id. What a run has left that was killed is removed by the next
 * one, with the processes that live in it.
 */
final class Namespaces implements Network {

  private static final Path NAMES = Path.of("/run/netns");
  private static final Pattern NAME = Pattern.compile("holdfast-(\\d+)-.+");
  private static final String BRIDGE = "bridge";
  private static final int NETWORKS = 250;
  private static final int REACHED_MILLIS = 2_000;
  private static final int LOSS_PERCENT = 5;

  /** What makes a line bad, the best first; the kernel may lack either. */
  private static final List<String> LINES =
      List.of(
          "netem delay 40ms loss " + LOSS_PERCENT + "%", "tbf rate 4mbit burst 16kb latency 400ms");

  private static final String RULES =
      """
      table bridge holdfast {
        set cut { type ipv4_addr . ipv4_addr; }
        chain bad { }
        chain pass {
          type filter hook forward priority 0; policy accept;
          ip saddr . ip daddr @cut counter drop
          meta protocol ip jump bad
        }
      }
      """;

  private final long pid = ProcessHandle.current().pid();
  private final List<String> parties;
  private final int network;
  private final String badLine;
  private final Thread atExit = new Thread(this::end, "network-end");

  /**
   * Makes it.
   *
   * @param parties all there will be; {@link Stage#CLIENTS} is this process
   */
  Namespaces(List<String> parties) throws IOException {
    this.parties = List.copyOf(parties);
    sweep();
    this.network = freeNetwork();
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      Command.run("ip", "netns", "add", name(BRIDGE));
      inBridge("link add bridge type bridge\nlink set dev bridge up\n");
      Command.feed(RULES, "ip", "netns", "exec", name(BRIDGE), "nft", "-f", "-");
      for (String party : parties) {
        plugIn(party);
      }
      this.badLine = badLine();
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Why there can be no such network on this machine, in one line; empty when there can. */
  static Optional<String> missing() {
    if (OpenSsh.installed().isEmpty()) {
      return Optional.of("sshd is not installed, and the tests' own is within this process");
    }
    try (var probe = new Namespaces(List.of(Stage.CLIENTS, "probe"))) {
      Command.run("ss", "-V");
      return InetAddress.getByName(probe.address("probe")).isReachable(REACHED_MILLIS)
          ? Optional.empty()
          : Optional.of("packets do not reach a namespace that was made here");
    } catch (IOException e) {
      return Optional.of(e.getMessage());
    }
  }

  // ---- where everybody is

  private static String name(long pid, String party) {
    return "holdfast-" + pid + "-" + party;
  }

  private String name(String party) {
    return name(pid, party);
  }

  /** The clients' interface, which is among those of this machine. */
  private static String ours(long pid) {
    return "hf" + pid;
  }

  private int number(String party) {
    int index = parties.indexOf(party);
    if (index < 0) {
      throw new IllegalArgumentException("there is no party " + party);
    }
    return index + 1;
  }

  private String address(String party) {
    return "10.83." + network + "." + number(party);
  }

  @Override
  public Seat seat(String party) {
    return new Seat(address(party), address(party), entrance(party));
  }

  private List<String> entrance(String party) {
    return party.equals(Stage.CLIENTS) ? List.of() : List.of("ip", "netns", "exec", name(party));
  }

  /** Everybody is found where they are. */
  @Override
  public void lead(String to, int port) {}

  private int freeNetwork() throws IOException {
    String routes = Command.run("ip", "-4", "route", "show", "table", "all");
    for (int i = 0; i < NETWORKS; i++) {
      int candidate = (int) ((pid + i) % NETWORKS) + 1;
      if (!routes.contains("10.83." + candidate + ".")) {
        return candidate;
      }
    }
    throw new IOException("this machine has routes to all of 10.83.0.0/16");
  }

  private void plugIn(String party) throws IOException {
    boolean isOurs = party.equals(Stage.CLIENTS);
    String device = isOurs ? ours(pid) : "eth0";
    String there = isOurs ? "" : "netns " + name(party) + " ";
    // The same hardware address each time: the others remember it.
    Command.feed(
        (isOurs ? "" : "netns add " + name(party) + "\n")
            + "link add name %s %saddress 02:83:00:00:00:%02x type veth peer name %s netns %s\n"
                .formatted(device, there, number(party), party, name(BRIDGE)),
        "ip",
        "-batch",
        "-");
    var command = new ArrayList<String>(List.of("ip"));
    if (!isOurs) {
      command.addAll(List.of("-netns", name(party)));
    }
    command.addAll(List.of("-batch", "-"));
    Command.feed(
        """
        link set dev lo up
        address add %s/24 dev %s
        link set dev %s up
        """
            .formatted(address(party), device, device),
        command.toArray(String[]::new));
    inBridge("link set dev %s master bridge\nlink set dev %s up\n".formatted(party, party));
  }

  private void inBridge(String commands) throws IOException {
    Command.feed(commands, "ip", "-netns", name(BRIDGE), "-batch", "-");
  }

  // ---- what happens between them

  @Override
  public void cut(List<Way> ways) throws IOException {
    rule("add element bridge holdfast cut " + pairs(ways));
  }

  @Override
  public void mend(List<Way> ways, boolean breaks) throws IOException {
    if (breaks) {
      for (Way way : ways) {
        breakAt(way.from(), way.to());
        breakAt(way.to(), way.from());
      }
    }
    rule("delete element bridge holdfast cut " + pairs(ways));
  }

  private String pairs(List<Way> ways) {
    return ways.stream()
        .map(way -> address(way.from()) + " . " + address(way.to()))
        .collect(Collectors.joining(", ", "{ ", " }"));
  }

  private void rule(String rule) throws IOException {
    Command.run("ip", "netns", "exec", name(BRIDGE), "nft", rule);
  }

  /** What one has of connections to another ends as if a reset had come. */
  private void breakAt(String one, String other) throws IOException {
    var command = new ArrayList<>(entrance(one));
    command.addAll(List.of("ss", "--kill", "--tcp", "dst", address(other)));
    Command.run(command.toArray(String[]::new));
  }

  @Override
  public void slow(boolean now) throws IOException {
    rule("flush chain bridge holdfast bad");
    if (now && !badLine.contains("loss")) {
      rule("add rule bridge holdfast bad numgen random mod 100 < " + LOSS_PERCENT + " drop");
    }
    for (String party : badLine.isEmpty() ? List.<String>of() : parties) {
      line(now ? "replace" : "delete", party, now ? badLine : "");
    }
  }

  private void line(String verb, String party, String what) throws IOException {
    Command.feed(
        "qdisc %s dev %s root %s\n".formatted(verb, party, what),
        "tc",
        "-netns",
        name(BRIDGE),
        "-batch",
        "-");
  }

  private String badLine() {
    for (String line : LINES) {
      try {
        line("replace", parties.get(0), line);
        line("delete", parties.get(0), "");
        return line;
      } catch (IOException unknownHere) {
        // The next one, then.
      }
    }
    return "";
  }

  @Override
  public void losePower(String party) throws IOException {
    inBridge("link delete dev " + party + "\n");
  }

  /** With a new namespace: the old one still has what its kernel wanted to send. */
  @Override
  public void restorePower(String party) throws IOException {
    Command.run("ip", "netns", "delete", name(party));
    plugIn(party);
  }

  @Override
  public void noticeAll() {}

  @Override
  public String words() {
    return "network: namespaces %s, 10.83.%d.0/24, packets are dropped by nftables; SLOW is %s"
        .formatted(name("*"), network, slowWords());
  }

  private String slowWords() {
    if (badLine.contains("loss")) {
      return badLine;
    }
    String line = badLine.isEmpty() ? "" : ", " + badLine;
    return "loss " + LOSS_PERCENT + "%" + line + ", without delay: the kernel has no netem";
  }

  // ---- the end

  /** What runs have left that did not come to their end. */
  private void sweep() throws IOException {
    for (long other : found().mapToLong(Namespaces::pidIn).distinct().toArray()) {
      if (other == pid || ProcessHandle.of(other).isEmpty()) {
        clear(other);
      }
    }
  }

  private static Stream<String> found() throws IOException {
    if (!Files.isDirectory(NAMES)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(NAMES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .toList()
          .stream();
    }
  }

  private static long pidIn(String name) {
    Matcher matcher = NAME.matcher(name);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // Then the hook finds nothing left to do.
    }
  }

  private void end() {
    try {
      clear(pid);
    } catch (IOException left) {
      System.err.println("the network was not removed: " + left.getMessage());
    }
  }

  private static synchronized void clear(long pid) throws IOException {
    if (Files.exists(Path.of("/sys/class/net", ours(pid)))) {
      Command.run("ip", "link", "delete", "dev", ours(pid));
    }
    for (String name : found().filter(it -> pidIn(it) == pid).toList()) {
      Command.run("ip", "netns", "pids", name)
          .lines()
          .map(Long::parseLong)
          .flatMap(it -> ProcessHandle.of(it).stream())
          .forEach(ProcessHandle::destroyForcibly);
      Command.run("ip", "netns", "delete", name);
    }
  }
}
