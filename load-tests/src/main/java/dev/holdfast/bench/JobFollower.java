package dev.holdfast.bench;

import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.rig.NodeClient;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Follows a job that prints a number every 100 ms until it is told to end. */
final class JobFollower {

  private static final long AGAIN_AFTER_NANOS = 50_000_000;

  private final List<NodeClient> clients;
  private final Path gate;
  private final Job job;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CompletableFuture<Job> end;
  private volatile long longest;

  JobFollower(List<NodeClient> clients, String session, Path gate) throws InterruptedException {
    this.clients = clients;
    this.gate = gate;
    String script = "i=0; until [ -e %s ]; do i=$((i+1)); echo $i; sleep 0.1; done".formatted(gate);
    var request = SubmitJobRequest.newBuilder().setSession(session).setScript(script).build();
    this.job = clients.get(0).ask(it -> it.jobs().submitJob(request));
    this.end = CompletableFuture.supplyAsync(this::follow);
    if (!begun.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("the job prints nothing");
    }
  }

  private Job follow() {
    long before = System.nanoTime();
    for (int turn = 0; ; turn++) {
      var from =
          FollowOutputRequest.newBuilder().setId(job.getId()).setStdoutOffset(out.size()).build();
      try {
        var messages = clients.get(turn % clients.size()).stubs().jobs().followOutput(from);
        Job last = job;
        while (messages.hasNext()) {
          var message = messages.next();
          if (message.hasJob()) {
            last = message.getJob();
          } else if (!message.getPiece().getData().isEmpty()) {
            out.writeBytes(message.getPiece().getData().toByteArray());
            longest = begun.getCount() > 0 ? 0 : Math.max(longest, System.nanoTime() - before);
            before = System.nanoTime();
            begun.countDown();
          }
        }
        return last;
      } catch (StatusRuntimeException | IOException cut) {
        LockSupport.parkNanos(AGAIN_AFTER_NANOS);
      }
    }
  }

  /** Lets the job end, and says how it went for who followed it. */
  String finish() throws IOException, InterruptedException {
    Files.createFile(gate);
    Job last = Fleet.await(end);
    String found = out.toString(StandardCharsets.UTF_8);
    String due =
        IntStream.rangeClosed(1, (int) found.lines().count())
            .mapToObj(i -> i + "\n")
            .collect(Collectors.joining());
    boolean whole = found.equals(due) && last.getStdoutBytes() == out.size();
    return "a follower of a running job: longest pause %s s, %d bytes, %s, job %s"
        .formatted(
            Section.number(longest / 1e9),
            out.size(),
            whole ? "whole" : "NOT WHOLE",
            last.getState());
  }
}
