package dev.holdfast.chaos;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills the node with -9 at seeded random moments while sessions run jobs, and then holds what the
 * clients saw against what the ledgers on the targets say.
 *
 * <p>Checked, with the invariants' numbers: no job ran twice (I1); no acknowledged job was lost
 * (I2); every outcome is the one the job really had (I3, I5); jobs ran in the order of their
 * submission, one at a time, in one shell that kept its state (I6); every byte of output arrived
 * once and in order (I7); and enough was done for that to mean something.
 */
public final class KillNineRun {

  /**
   * What to do.
   *
   * @param seed of the moments and of the workload
   * @param kills how often the node is killed
   * @param targets one session each
   * @param scratch a directory for data, logs and ledgers; reached by the targets under the same
   *     path
   * @param nodeOptions more options for the node's JVM
   */
  public record Plan(
      long seed, int kills, List<String> targets, Path scratch, List<String> nodeOptions) {}

  /**
   * What came of it.
   *
   * @param violations what must not have happened; empty when all is well
   */
  public record Result(
      int kills, int jobs, int cutFollows, long bytes, Duration took, List<String> violations) {}

  private final Plan plan;
  private final NodeProcess node;
  private final NodeClient client;
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger cuts = new AtomicInteger();

  public KillNineRun(Plan plan) {
    this.plan = plan;
    this.node =
        new NodeProcess(
            plan.scratch().resolve("data"), plan.scratch().resolve("node.log"), plan.nodeOptions());
    this.client = new NodeClient(node);
  }

  /** Runs the plan. The scratch directory is left as it is, for a look. */
  public Result run() throws IOException, InterruptedException, ExecutionException {
    long begin = System.nanoTime();
    Files.createDirectories(plan.scratch());
    ExecutorService clients = Executors.newFixedThreadPool(plan.targets().size());
    try {
      node.start();
      var histories = new ArrayList<Future<History>>();
      for (int i = 0; i < plan.targets().size(); i++) {
        int number = i;
        histories.add(clients.submit(() -> useOneSession(number)));
      }
      kill();
      over.set(true);
      var done = new ArrayList<History>();
      for (Future<History> history : histories) {
        done.add(history.get());
      }
      return new Result(
          plan.kills(),
          done.stream().mapToInt(history -> history.jobs().size()).sum(),
          cuts.get(),
          done.stream().mapToLong(History::bytes).sum(),
          Duration.ofNanos(System.nanoTime() - begin),
          Checker.check(done, ledgers(done)));
    } finally {
      over.set(true);
      clients.shutdownNow();
      client.close();
      node.close();
    }
  }

  private void kill() throws IOException, InterruptedException {
    var moments = new Random(plan.seed());
    for (int i = 0; i < plan.kills(); i++) {
      LockSupport.parkNanos(Duration.ofMillis(moments.nextInt(100, 3_000)).toNanos());
      node.kill();
      node.start();
    }
  }

  private History useOneSession(int number) {
    var random = new Random(plan.seed() * 1_000 + number);
    var create =
        CreateSessionRequest.newBuilder()
            .setTarget(plan.targets().get(number))
            .setName("chaos-" + number)
            .setConnectTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(120))
            .setKey("chaos-" + plan.seed() + "-" + number)
            .build();
    String session = client.ask(stubs -> stubs.sessions().createSession(create)).getId();
    Path ledger = ledger(number);
    finish(submit(session, "prepare-" + number, Work.preparation()));
    var seen = new ArrayList<History.Seen>();
    while (!over.get()) {
      seen.addAll(useOnce(session, number, seen.size(), random, ledger));
    }
    client.ask(
        stubs ->
            stubs
                .sessions()
                .removeSession(RemoveSessionRequest.newBuilder().setId(session).build()));
    return new History(number, seen);
  }

  /**
   * One or a few jobs at once, so that there is a queue too; then the output of each, from the
   * beginning.
   */
  private List<History.Seen> useOnce(
      String session, int number, int soFar, Random random, Path ledger) {
    var submitted = new ArrayList<Map.Entry<Work, Job>>();
    int burst = random.nextInt(1, 4);
    for (int i = 0; i < burst; i++) {
      Work work = Work.random("s" + number + "j" + (soFar + i), random);
      submitted.add(Map.entry(work, submit(session, work.name(), work.script(ledger))));
    }
    return submitted.stream().map(entry -> follow(entry.getKey(), entry.getValue())).toList();
  }

  private Job submit(String session, String key, String script) {
    var request =
        SubmitJobRequest.newBuilder()
            .setSession(session)
            .setKey(key)
            .setScript(script)
            .setLabel(key)
            .build();
    return client.ask(stubs -> stubs.jobs().submitJob(request));
  }

  private Job finish(Job job) {
    return follow(new Work("", 0, 0, 0), job).job();
  }

  private History.Seen follow(Work work, Job job) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    Job ended =
        client.ask(
            stubs -> {
              try {
                return followOnce(stubs, job.getId(), out, err);
              } catch (StatusRuntimeException e) {
                cuts.incrementAndGet();
                throw e;
              }
            });
    return new History.Seen(
        work,
        ended,
        ByteString.copyFrom(out.toByteArray()),
        ByteString.copyFrom(err.toByteArray()));
  }

  private static Job followOnce(
      NodeClient.Stubs stubs, String job, ByteArrayOutputStream out, ByteArrayOutputStream err) {
    var request =
        FollowOutputRequest.newBuilder()
            .setId(job)
            .setStdoutOffset(out.size())
            .setStderrOffset(err.size())
            .build();
    Job last = null;
    var pieces = stubs.jobs().followOutput(request);
    while (pieces.hasNext()) {
      var message = pieces.next();
      if (message.hasPiece()) {
        OutputPiece piece = message.getPiece();
        var to = piece.getStream() == OutputStream.STDERR ? err : out;
        if (piece.getOffset() != to.size()) {
          throw new IllegalStateException(
              job + ": a piece at " + piece.getOffset() + " where " + to.size() + " was due");
        }
        to.writeBytes(piece.getData().toByteArray());
      } else {
        last = message.getJob();
      }
    }
    if (last == null || !ended(last)) {
      throw new IllegalStateException(job + ": the stream ended before the job did: " + last);
    }
    return last;
  }

  private static boolean ended(Job job) {
    return job.getState() != JobState.QUEUED && job.getState() != JobState.RUNNING;
  }

  /** What ran on the targets, by the number of the session. */
  private Map<Integer, List<String>> ledgers(List<History> histories) throws IOException {
    var ledgers = new TreeMap<Integer, List<String>>();
    for (History history : histories) {
      Path file = ledger(history.number());
      ledgers.put(history.number(), Files.exists(file) ? Files.readAllLines(file) : List.of());
    }
    return ledgers;
  }

  private Path ledger(int number) {
    return plan.scratch().resolve("ledger-" + number);
  }
}
