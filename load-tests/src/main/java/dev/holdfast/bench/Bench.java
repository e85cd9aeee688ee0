package dev.holdfast.bench;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code load-tests/bench/run}: Holdfast beside what people use today, on one sshd, in one go. */
@Command(
    name = "load-tests/bench/run",
    header = "Measures Holdfast beside ssh, clush and pssh, on one sshd, in one go.",
    description =
        "What is measured, and how to read it, is in load-tests/README.md. A quiet machine tells more.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class Bench implements Callable<Integer> {

  /** What can be measured. */
  enum Part {
    ROUND_TRIP("round-trip"),
    FAN_OUT("fan-out"),
    HEAP("heap"),
    THROUGHPUT("throughput"),
    COPY("copy"),
    FAILOVER("failover"),
    RESTART("restart");

    private final String word;

    Part(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** Failover and restart are asked for by name: they need nobody else, and much memory. */
  private static final List<Part> BESIDE_OTHERS =
      List.of(Part.ROUND_TRIP, Part.FAN_OUT, Part.HEAP, Part.THROUGHPUT, Part.COPY);

  private static final Duration TIDYING = Duration.ofMinutes(2);

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "${COMPLETION-CANDIDATES}; default: all but failover and restart.")
  private Set<Part> only = new LinkedHashSet<>(BESIDE_OTHERS);

  @Option(
      names = "--short",
      description = "Few runs, 100 hosts, 100 sessions on the heap, 128 MiB: two or three minutes.")
  private boolean brief;

  @Option(
      names = "--hosts",
      split = ",",
      paramLabel = "N",
      description = "Fan-outs; default 100,300.")
  private List<Integer> hosts = new ArrayList<>();

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "For the heap, default 2000; for failover and restart, default 600.")
  private int sessions;

  @Option(
      names = "--size",
      paramLabel = "MIB",
      description = "For the throughput, and a quarter of it for copies; default 1024.")
  private int mebibytes;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes all figures there, too.")
  private Path json;

  @Option(
      names = "--node-flag",
      paramLabel = "FLAG",
      description = "More flags for the node's JVM, to look into it.")
  private List<String> nodeFlags = new ArrayList<>();

  @Option(names = "--keep", description = "Leaves the scratch directory, with the node's log.")
  private boolean keep;

  private Bench() {}

  /** Runs what the arguments ask for. */
  public static void main(String[] arguments) {
    var line = new CommandLine(new Bench());
    line.registerConverter(Part.class, Bench::part);
    System.exit(line.execute(arguments));
  }

  private static Part part(String word) {
    return Stream.of(Part.values())
        .filter(part -> part.word.equals(word))
        .findFirst()
        .orElseThrow(
            () -> new CommandLine.TypeConversionException("'" + word + "' is none of its parts"));
  }

  /**
   * A bench that is ended early tidies up as one that is done: its node, its sshd, its sessions.
   */
  @Override
  public Integer call() throws IOException, InterruptedException {
    var tidy = new CountDownLatch(1);
    Thread measuring = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endEarly(measuring, tidy), "bench-end"));
    try {
      return measure();
    } finally {
      tidy.countDown();
    }
  }

  private static void endEarly(Thread measuring, CountDownLatch tidy) {
    if (tidy.getCount() == 0) {
      return;
    }
    measuring.interrupt();
    try {
      tidy.await(TIDYING.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int measure() throws IOException, InterruptedException {
    Path scratch = Files.createTempDirectory("hf-bench-");
    var sections = new ArrayList<Section>();
    Map<String, String> machine = Machine.describe();
    machine.forEach((what, value) -> System.out.println(what + ": " + value));
    System.out.println();
    try {
      if (!Collections.disjoint(only, BESIDE_OTHERS)) {
        besideOthers(scratch, sections);
      }
      if (only.contains(Part.FAILOVER)) {
        say(FailoverPart.run(scratch, sessions(600, 60), nodeFlags), sections);
      }
      if (only.contains(Part.RESTART)) {
        say(RestartPart.embedded(scratch, sessions(600, 60), nodeFlags), sections);
        say(RestartPart.cassandra(scratch, sessions(600, 60), nodeFlags), sections);
      }
    } finally {
      if (keep) {
        System.out.println("kept: " + scratch);
      } else {
        delete(scratch);
      }
    }
    if (json != null) {
      write(machine, sections);
    }
    return 0;
  }

  private void besideOthers(Path scratch, List<Section> sections)
      throws IOException, InterruptedException {
    try (var targets = SshTargets.start(scratch)) {
      if (only.contains(Part.ROUND_TRIP)
          || only.contains(Part.FAN_OUT)
          || only.contains(Part.THROUGHPUT)
          || only.contains(Part.COPY)) {
        warm(scratch, targets, sections);
      }
      if (only.contains(Part.HEAP)) {
        say(HeapPart.run(scratch, targets, sessions(2000, 100)), sections);
      }
    }
  }

  /** What all of these need is opened once. */
  private void warm(Path scratch, SshTargets targets, List<Section> sections)
      throws IOException, InterruptedException {
    try (var fleet = new Fleet(scratch.resolve("warm"), targets, nodeFlags);
        var masters = new ControlMasters()) {
      fleet.open(1);
      var side = new SideBySide(scratch, targets, fleet, masters);
      if (only.contains(Part.ROUND_TRIP)) {
        say(side.roundTrip(brief), sections);
        say(CommandLineTime.measure(fleet, brief ? 5 : 20), sections);
      }
      if (only.contains(Part.THROUGHPUT)) {
        say(side.throughput(size(), brief ? 1 : 3), sections);
      }
      if (only.contains(Part.COPY)) {
        say(CopyPart.run(scratch, targets, fleet, size() / 4, brief ? 1 : 3), sections);
      }
      if (only.contains(Part.FAN_OUT)) {
        for (int count : fanOuts()) {
          fleet.open(count);
          say(side.fanOut(count, brief), sections);
        }
      }
    }
  }

  private List<Integer> fanOuts() {
    if (!hosts.isEmpty()) {
      return hosts.stream().sorted().toList();
    }
    return brief ? List.of(100) : List.of(100, 300);
  }

  private int sessions(int many, int few) {
    return sessions > 0 ? sessions : brief ? few : many;
  }

  private long size() {
    return (mebibytes > 0 ? mebibytes : brief ? 128 : 1024) * (1L << 20);
  }

  private static void say(Section section, List<Section> sections) {
    System.out.println(section.text());
    sections.add(section);
  }

  private void write(Map<String, String> machine, List<Section> sections) throws IOException {
    var all = new JsonObject();
    var about = new JsonObject();
    new LinkedHashMap<>(machine).forEach(about::addProperty);
    all.add("machine", about);
    var found = new JsonArray();
    sections.forEach(section -> found.add(section.json()));
    all.add("sections", found);
    var gson = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();
    Files.writeString(json, gson.toJson(all) + "\n");
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
