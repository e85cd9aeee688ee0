package dev.holdfast.chaos;

import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OpenSsh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/**
 * The command line of the harness: {@code Chaos [--seed N] [--faults N] [--sessions N] [--nodes
 * 1|3] [--cassandras 1|3] [--network namespaces|proxy] [--only KIND,...] [--scratch DIR]}. Says
 * what it cannot inject here, prints what it measured and what was violated, and exits with 1 if
 * anything was.
 */
public final class Chaos {

  /** What there is for one node with its embedded journal. */
  private static final List<Fault.Kind> OF_ONE_NODE =
      List.of(
          Fault.Kind.KILL,
          Fault.Kind.PAUSE_5,
          Fault.Kind.CUT_TARGETS,
          Fault.Kind.TARGETS_ARE_MUTE,
          Fault.Kind.CUT_CLIENTS,
          Fault.Kind.SLOW,
          Fault.Kind.SSHD_RESTARTED,
          Fault.Kind.SSH_CONNECTIONS_KILLED,
          Fault.Kind.DATA_DISK_FULL,
          Fault.Kind.TARGET_DISK_FULL,
          Fault.Kind.REBOOT,
          Fault.Kind.CLOCK_WRONG);

  private Chaos() {}

  /** Runs it. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    Optional<String> named = text(args, "--scratch");
    Path scratch =
        named.isPresent() ? Path.of(named.get()) : Files.createTempDirectory("holdfast-chaos-");
    Files.createDirectories(scratch);
    int nodes = number(args, "--nodes", 3);
    var plan =
        new Plan(
            number(args, "--seed", 1),
            number(args, "--faults", 20),
            number(args, "--sessions", 20),
            nodes,
            number(args, "--cassandras", 3),
            network(args),
            kinds(args, nodes, scratch),
            scratch.toAbsolutePath(),
            List.of());
    if (nodes > 1 && CassandraRing.missing().isPresent()) {
      System.err.println(CassandraRing.missing().orElseThrow());
      System.exit(2);
    }
    System.out.println(plan);
    Run.Result result = Run.of(plan, System.out::println);
    var said = new ArrayList<>(Figures.lines(result));
    result.violations().forEach(violation -> said.add("VIOLATION " + violation));
    said.add(result.violations().size() + " violations");
    Files.write(scratch.resolve("figures.txt"), said);
    Files.writeString(scratch.resolve("report.html"), Report.html(result));
    said.forEach(System.out::println);
    System.out.println("report: " + scratch.resolve("report.html"));
    System.exit(result.violations().isEmpty() ? 0 : 1);
  }

  /** What was asked for, or namespaces where there can be any. */
  private static Network.Kind network(String[] args) {
    Optional<Network.Kind> asked =
        text(args, "--network").map(it -> Network.Kind.valueOf(it.toUpperCase(Locale.ROOT)));
    if (asked.isPresent() && asked.get() == Network.Kind.PROXY) {
      return Network.Kind.PROXY;
    }
    Optional<String> missing = Namespaces.missing();
    missing.ifPresent(why -> System.out.println("no network namespaces here: " + why));
    if (asked.isPresent() && missing.isPresent()) {
      System.exit(2);
    }
    return missing.isPresent() ? Network.Kind.PROXY : Network.Kind.NAMESPACES;
  }

  private static List<Fault.Kind> kinds(String[] args, int nodes, Path scratch) {
    Optional<String> only = text(args, "--only");
    List<Fault.Kind> wanted =
        only.isPresent()
            ? Arrays.stream(only.get().split(",", -1)).map(Fault.Kind::valueOf).toList()
            : List.of(Fault.Kind.values());
    var impossible = impossible(nodes, scratch);
    impossible.forEach(
        (kind, why) -> {
          if (wanted.contains(kind)) {
            System.out.println("not injected here: " + kind + ", " + why);
          }
        });
    return wanted.stream().filter(kind -> !impossible.containsKey(kind)).toList();
  }

  /** What cannot be injected here, and why. */
  static Map<Fault.Kind, String> impossible(int nodes, Path scratch) {
    var impossible = new EnumMap<Fault.Kind, String>(Fault.Kind.class);
    if (!Disks.canMount(scratch)) {
      impossible.put(Fault.Kind.DATA_DISK_FULL, "no disk can be mounted");
      impossible.put(Fault.Kind.TARGET_DISK_FULL, "no disk can be mounted");
    }
    if (OpenSsh.installed().isEmpty()) {
      impossible.put(Fault.Kind.SSHD_RESTARTED, "sshd is not installed");
      impossible.put(Fault.Kind.SSH_CONNECTIONS_KILLED, "sshd is not installed");
    }
    for (Fault.Kind kind : Fault.Kind.values()) {
      if (nodes == 1 && !OF_ONE_NODE.contains(kind)) {
        impossible.put(kind, "there is one node");
      }
    }
    return impossible;
  }

  private static int number(String[] args, String option, int otherwise) {
    return text(args, option).map(Integer::parseInt).orElse(otherwise);
  }

  private static Optional<String> text(String[] args, String option) {
    int at = List.of(args).indexOf(option);
    return at >= 0 && at + 1 < args.length ? Optional.of(args[at + 1]) : Optional.empty();
  }
}
