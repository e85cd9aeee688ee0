package dev.holdfast.demo;

import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.ListNodesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * {@code holdfast demo --cluster}: three nodes on a real Cassandra, fifty sessions on this machine,
 * and the busiest node killed with -9 while a job runs in each. A timeline tells what happens.
 */
final class ClusterDemo {

  /** The node is killed when each job has printed so many lines. */
  private static final int LINES_BEFORE = 8;

  private static final Duration PROGRESS = Duration.ofSeconds(5);
  private static final Duration MOST = Duration.ofMinutes(4);

  /** A longer pause than this is the absence of an owner. */
  private static final Duration SILENCE = Duration.ofSeconds(4);

  private final Place place;
  private final Terminal terminal;
  private final Checks checks;
  private final int sessions;
  private final int lines;
  private final long begin = System.nanoTime();

  /**
   * @param lines what each job prints, one a second; they should last longer than a failover
   */
  ClusterDemo(Place place, Terminal terminal, Checks checks, int sessions, int lines) {
    this.sessions = sessions;
    this.lines = lines;
    this.place = place;
    this.terminal = terminal;
    this.checks = checks;
  }

  void tell() throws IOException, InterruptedException {
    terminal.say(
        "Three nodes, one Holdfast: any of them may die. The seconds are since the start.\n");
    say("Cassandra is started: a real one, a process of its own ...");
    CassandraRing ring = place.own(CassandraRing.start(1));
    Nodes nodes = place.own(new Nodes(place.directory(), ring));
    say(
        "Cassandra answers on "
            + nodes.cassandra()
            + ". Its tables are made, once, by an operator:");
    terminal.holdfast(
        "schema", "apply", "--contact-point", nodes.cassandra(), "--replication-factor", "1");
    say("three nodes are started ...");
    nodes.start();
    var typed = terminal.with(nodes.environment());
    say("they are one cluster:");
    typed.holdfast("node", "list");
    Fleet fleet = place.own(new Fleet(place.directory(), nodes, sessions, lines));
    killTheBusiest(nodes, fleet, open(nodes, fleet));
    returnToThree(nodes, fleet, typed);
    cleanUp(nodes, fleet);
  }

  /** How many sessions each process keeps. */
  private Map<Long, Integer> open(Nodes nodes, Fleet fleet)
      throws IOException, InterruptedException {
    say(fleet.size() + " sessions are opened, through all three nodes ...");
    fleet.open();
    Map<Long, Integer> kept =
        await(
            "the nodes know of all sessions",
            () -> kept(fleet),
            seen -> seen.values().stream().mapToInt(it -> it).sum() == fleet.size());
    for (int i = 1; i <= Nodes.COUNT; i++) {
      long pid = nodes.node(i).pid();
      say("node %d (process %d) keeps %d of them".formatted(i, pid, kept.get(pid)));
    }
    return kept;
  }

  private static Map<Long, Integer> kept(Fleet fleet) {
    var kept = new TreeMap<Long, Integer>();
    fleet
        .client(0)
        .nodes(it -> it.listNodes(ListNodesRequest.getDefaultInstance()))
        .getNodesList()
        .forEach(node -> kept.put(node.getPid(), node.getSessions()));
    return kept;
  }

  private void killTheBusiest(Nodes nodes, Fleet fleet, Map<Long, Integer> kept)
      throws IOException, InterruptedException {
    long pid = kept.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
    int victim = nodes.number(pid);
    say(
        "a job is started in each session, of %d lines, one a second, and followed"
            .formatted(fleet.lines()));
    CompletableFuture<List<Job>> jobs = fleet.run();
    await(
        "every job runs",
        () -> fleet.outputs().stream().mapToInt(Watched::lines).min().orElse(0),
        fewest -> fewest >= LINES_BEFORE || jobs.isCompletedExceptionally());
    nodes.node(victim).kill();
    long killed = System.nanoTime();
    say(
        "NODE %d IS KILLED WITH -9, in the middle of %d jobs that it kept; %d lines have arrived"
            .formatted(victim, kept.get(pid), fleet.arrived()));
    List<Job> ended = awaitEnd(jobs, fleet);
    say("all jobs have ended");
    tellSilences(fleet, killed);
    checkThat(fleet, fleet.wholeOutputs(), "outputs are whole: each line once and in order");
    checkThat(fleet, fleet.trueExitCodes(ended), "exit codes are true (each session has its own)");
    checkThat(fleet, fleet.startedOnce(), "jobs ran once, as their targets tell");
    checkThat(fleet, fleet.sameShells(), "shells are the same ones, with their variables");
  }

  private List<Job> awaitEnd(CompletableFuture<List<Job>> jobs, Fleet fleet)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + MOST.toNanos();
    while (true) {
      try {
        return jobs.get(PROGRESS.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw new IOException("a job was lost: " + e.getCause().getMessage(), e);
      } catch (TimeoutException goingOn) {
        say("%d of %d lines have arrived".formatted(fleet.arrived(), fleet.size() * fleet.lines()));
        if (System.nanoTime() > until) {
          throw new IOException("the jobs did not end in " + MOST.toSeconds() + " s", goingOn);
        }
      }
    }
  }

  /** A job prints a line a second, so whose owner lives is heard of again soon after the kill. */
  private void tellSilences(Fleet fleet, long killed) {
    long moment = killed + SILENCE.toNanos();
    List<Duration> pauses =
        fleet.outputs().stream()
            .map(it -> it.silenceAround(moment))
            .filter(it -> it.compareTo(SILENCE) > 0)
            .sorted()
            .toList();
    say(
        pauses.isEmpty()
            ? "no output paused for longer than %d s".formatted(SILENCE.toSeconds())
            : "%d outputs paused, for %.1f to %.1f s; the other %d for less than %d s"
                .formatted(
                    pauses.size(),
                    seconds(pauses.get(0)),
                    seconds(pauses.get(pauses.size() - 1)),
                    fleet.size() - pauses.size(),
                    SILENCE.toSeconds()));
  }

  private void returnToThree(Nodes nodes, Fleet fleet, Terminal typed)
      throws IOException, InterruptedException {
    say("the dead node is started again ...");
    await(
        "three nodes are up",
        () -> {
          nodes.startTheDead();
          return fleet
              .client(0)
              .nodes(it -> it.listNodes(ListNodesRequest.getDefaultInstance()))
              .getNodesList()
              .stream()
              .filter(node -> node.getStatus().equals("up"))
              .count();
        },
        up -> up == Nodes.COUNT);
    say("it is one of three again:");
    typed.with(nodes.environment()).holdfast("node", "list");
  }

  private void cleanUp(Nodes nodes, Fleet fleet) throws IOException, InterruptedException {
    say("the sessions are removed ...");
    fleet.remove();
    try (Stream<Path> left = Files.list(nodes.sessions())) {
      checks.that("nothing of them is left on their target", left.findAny().isEmpty());
    }
    say("nodes and Cassandra are stopped ...");
  }

  private interface Look<T> {
    T see() throws IOException, InterruptedException;
  }

  private <T> T await(String what, Look<T> look, Predicate<T> good)
      throws IOException, InterruptedException {
    var never = new CountDownLatch(1);
    long until = System.nanoTime() + MOST.toNanos();
    T seen = look.see();
    while (!good.test(seen)) {
      if (System.nanoTime() > until || never.await(200, TimeUnit.MILLISECONDS)) {
        throw new IOException(what + ": not in " + MOST.toSeconds() + " s, but " + seen);
      }
      seen = look.see();
    }
    return seen;
  }

  private void checkThat(Fleet fleet, long count, String claim) {
    checks.that("%d of %d %s".formatted(count, fleet.size(), claim), count == fleet.size());
  }

  private void say(String text) {
    terminal.say(
        "%6.1f s  %s".formatted(seconds(Duration.ofNanos(System.nanoTime() - begin)), text));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
