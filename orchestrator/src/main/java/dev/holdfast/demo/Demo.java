package dev.holdfast.demo;

import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.client.CallFailed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code holdfast demo}: the main job, from nothing to a killed node and back, on real parts in a
 * temporary place: a node of its own, an SSH server of its own, three sessions. It says what it
 * shows, checks that it is true, cleans up, and ends with 1 if anything was not.
 */
public final class Demo {

  private static final int STEPS = 20;

  /** Of the cluster, and what the job in each prints, a line a second. */
  private static final int SESSIONS = 50;

  private static final int LINES = 40;

  /** How wide its tables are. */
  private static final String COLUMNS = "120";

  private static final Pattern JOB_ID = Pattern.compile("\\b([a-z2-7]{12}\\.[0-9]+)\\b");

  private final Path place;
  private final DemoHost host;
  private final Node node;
  private final Terminal terminal;
  private final Checks checks;

  private Demo(Place place, Terminal terminal, Checks checks) throws IOException {
    this.place = place.directory();
    this.terminal = terminal;
    this.checks = checks;
    this.host = place.own(DemoHost.start(this.place.resolve("ssh")));
    Path data = this.place.resolve("node");
    Path config = Files.writeString(this.place.resolve("holdfast.conf"), config());
    this.node = place.own(new Node(data, config, this.place.resolve("node.log")));
  }

  /** Runs the demo; returns its exit code. */
  public static int run(String[] args) {
    List<String> given = List.of(args);
    boolean cluster = given.equals(List.of("--cluster"));
    if (!given.isEmpty() && !cluster) {
      System.out.println(
          """
          Usage: holdfast demo [--cluster]

          Shows the main job on this machine, in a temporary place: three sessions over SSH and local, a
          queue, a long job, kill -9 of the node in the middle of it, and all of its output afterwards.
          Takes about a minute, checks itself, cleans up, and ends with 1 if anything was untrue.

          With --cluster: three nodes on a real Cassandra, fifty local sessions, and kill -9 of the busiest
          node while a job runs in each. Takes about two minutes and 3 GB of memory; it needs a Java 17 for
          Cassandra (HOLDFAST_JAVA17, or an installed one).

          Ctrl-C ends it and cleans up, too.\
          """);
      return given.contains("--help") ? 0 : 2;
    }
    try {
      if (cluster && CassandraRing.missing().isPresent()) {
        throw new IOException(CassandraRing.missing().orElseThrow());
      }
      return told(cluster);
    } catch (IOException | CallFailed e) {
      System.err.println("holdfast: the demo could not be shown: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }

  private static int told(boolean cluster) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Path directory;
    Checks checks;
    Terminal terminal;
    try (var place = new Place()) {
      directory = place.directory();
      terminal = new Terminal(System.out, environment(directory));
      checks = new Checks(terminal);
      if (cluster) {
        new ClusterDemo(place, terminal, checks, SESSIONS, LINES).tell();
      } else {
        new Demo(place, terminal, checks).tell();
      }
    }
    checks.that("nothing runs any more, and no file is left", !Files.exists(directory));
    return verdict(terminal, checks, Duration.ofNanos(System.nanoTime() - begin));
  }

  private static Map<String, String> environment(Path place) {
    return Map.of("HOLDFAST_DATA_DIR", place.resolve("node").toString(), "COLUMNS", COLUMNS);
  }

  private void tell() throws IOException, InterruptedException {
    terminal.say("Holdfast keeps remote sessions. This is what that means.\n");
    setUp();
    openSessions();
    keepState();
    queue();
    loseTheNode();
    history();
    cleanUp();
  }

  private void setUp() throws IOException, InterruptedException {
    terminal.say("1. A node is started (" + place + "), and an SSH server: " + host.title() + ".");
    node.start();
    terminal.say("   The node is process " + node.pid() + ".\n");
  }

  private void openSessions() throws IOException, InterruptedException {
    terminal.say("2. Three sessions are opened: two over SSH, one on this machine.");
    terminal.holdfast("new", host.url(), "--name", "web1");
    terminal.holdfast("new", host.url(), "--name", "web2", "--label", "tier=web");
    terminal.holdfast("new", "local:", "--name", "here");
    var list = terminal.holdfast("list");
    checks.that(
        "all three are open", Stream.of("web1", "web2", "here").allMatch(list.out()::contains));
    terminal.say("");
  }

  private void keepState() throws IOException, InterruptedException {
    terminal.say("3. A session is one shell: what one job sets is there for the next.");
    terminal.holdfast("invoke", "web1", "--", "cd /tmp; greeting=\"hello from the same shell\"");
    var said = terminal.holdfast("invoke", "web1", "--", "echo \"$greeting, in $PWD\"");
    checks.that(
        "the second job saw the first one's variable and directory",
        said.out().contains("hello from the same shell, in /tmp"));
    var failed = terminal.holdfast("invoke", "web1", "--", "ls /does/not/exist");
    checks.that("the exit code is the job's own", failed.exitCode() > 0 && failed.exitCode() < 125);
    terminal.say("");
  }

  private void queue() throws IOException, InterruptedException {
    terminal.say("4. A busy session does not refuse: jobs wait their turn.");
    terminal.holdfast("invoke", "web2", "--detach", "--", "sleep 6; echo first");
    terminal.holdfast("invoke", "web2", "--detach", "--", "echo second");
    String third = jobId(terminal.holdfast("invoke", "web2", "--detach", "--", "echo third"));
    var jobs = terminal.holdfast("jobs", "web2");
    checks.that(
        "one runs and two wait",
        jobs.out().contains("Running") && jobs.out().split("Queued", -1).length == 3);
    terminal.holdfast("wait", third);
    var last = terminal.holdfast("receive", third);
    checks.that("the last one ran in its turn", last.out().contains("third"));
    terminal.say("");
  }

  private void loseTheNode() throws IOException, InterruptedException {
    Path ledger = place.resolve("ledger");
    String script =
        "echo run >> %s; i=0; while [ $i -lt %d ]; do i=$((i+1)); echo \"step $i of %d\"; sleep 0.3; done; exit 7"
            .formatted(ledger, STEPS, STEPS);
    terminal.say("5. A long job is started, and in the middle of it the node is killed with -9.");
    String job = jobId(terminal.holdfast("invoke", "web1", "--detach", "--", script));
    terminal.holdfast(line -> line.startsWith("step 5 "), "receive", job, "--follow");
    node.kill();
    terminal.say("   The node is dead. The job goes on without it; nobody is watching.");
    node.start();
    terminal.say("   A new node has started on the same data, as process " + node.pid() + ".\n");
    terminal.say(
        "6. The same session, the same job, by their ids; every line, and the true exit code.");
    var whole = terminal.holdfast("receive", job, "--follow");
    checks.that("every line arrived once and in order", whole.out().startsWith(expected()));
    var show = terminal.holdfast("show", "web1");
    checks.that(
        "the session is open again under the same id", show.out().contains(job.substring(0, 12)));
    var ended = terminal.quietly("wait", job, "--output", "json");
    checks.that(
        "the exit code is the one the job ended with: 7",
        ended.out().replaceAll("\\s", "").contains("\"exit_code\":7"));
    checks.that("the job ran once", Files.readString(ledger).equals("run\n"));
    var still = terminal.holdfast("invoke", "web1", "--", "echo \"$greeting\"");
    checks.that(
        "the shell still has its variables", still.out().contains("hello from the same shell"));
    terminal.say("");
  }

  private void history() throws IOException, InterruptedException {
    terminal.say("7. Everything that was done is written down.");
    var history = terminal.holdfast("history", "web1");
    checks.that(
        "the history tells of the job that outlived its node", history.out().contains("job"));
    terminal.say("");
  }

  private void cleanUp() throws IOException, InterruptedException {
    terminal.say("8. Removing a session ends its shell too.");
    terminal.holdfast("remove", "web1", "web2", "here");
    boolean nothing = hasNothing(place.resolve("far/s")) && hasNothing(place.resolve("near/s"));
    checks.that("nothing of the sessions is left on their targets", nothing);
  }

  private static int verdict(Terminal terminal, Checks checks, Duration took) {
    List<String> untrue = checks.untrue();
    if (untrue.isEmpty()) {
      terminal.say(
          "%nAll %d checks were true; it took %d s. Next: docs/cli.md"
              .formatted(checks.count(), took.toSeconds()));
      return 0;
    }
    terminal.say("NOT TRUE, which is a bug: " + String.join("; ", untrue));
    return 1;
  }

  private String config() {
    return host.config()
        + "holdfast.host { ssh-root = \"%s\", local-root = \"%s\" }%n"
            .formatted(place.resolve("far"), place.resolve("near"));
  }

  private static String expected() {
    var lines = new StringBuilder();
    for (int i = 1; i <= STEPS; i++) {
      lines.append("step ").append(i).append(" of ").append(STEPS).append('\n');
    }
    return lines.toString();
  }

  private static String jobId(Terminal.Ran ran) throws IOException {
    Matcher id = JOB_ID.matcher(ran.out());
    if (!id.find()) {
      throw new IOException("no job id in: " + ran.out());
    }
    return id.group(1);
  }

  private static boolean hasNothing(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return true;
    }
    try (Stream<Path> there = Files.list(directory)) {
      return there.findAny().isEmpty();
    }
  }
}
