package dev.holdfast.behaviour;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.GiveInputRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.WaitJobRequest;
import dev.holdfast.rig.NodeClient;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** One session, as a client has it in hand: no more than its id, and the node to ask. */
record Shell(Stage stage, String id) {

  static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  // ---- the session

  Session show() {
    return stage.ask(
        stubs -> stubs.sessions().getSession(GetSessionRequest.newBuilder().setId(id).build()));
  }

  /** Waits until the session is as it should be. */
  Session await(String what, Predicate<Session> good) {
    return Eventually.see(what, this::show, good);
  }

  Session disconnect() {
    return stage.ask(stubs -> stubs.sessions().disconnectSession(act()));
  }

  Session connect() {
    return stage.ask(stubs -> stubs.sessions().connectSession(act()));
  }

  Session repair() {
    return stage.ask(stubs -> stubs.sessions().repairSession(act()));
  }

  SessionActRequest act() {
    return SessionActRequest.newBuilder().setId(id).build();
  }

  Session remove() {
    return remove(30);
  }

  /** Asks for the removal and waits so many seconds for its confirmation. */
  Session remove(int wait) {
    return stage.ask(
        stubs ->
            stubs
                .sessions()
                .removeSession(
                    RemoveSessionRequest.newBuilder().setId(id).setWait(seconds(wait)).build()));
  }

  List<HistoryEntry> history() {
    return stage
        .ask(
            stubs ->
                stubs
                    .sessions()
                    .listHistory(
                        ListHistoryRequest.newBuilder().setId(id).setPageSize(1000).build()))
        .getEntriesList();
  }

  // ---- jobs

  /** Runs a script to its end. */
  Ended run(String script) {
    return end(submit(script));
  }

  Job submit(String script) {
    return submit(SubmitJobRequest.newBuilder().setScript(script));
  }

  Job submit(SubmitJobRequest.Builder request) {
    return stage.ask(stubs -> stubs.jobs().submitJob(request.setSession(id).build()));
  }

  List<Job> jobs() {
    return stage
        .ask(
            stubs ->
                stubs
                    .jobs()
                    .listJobs(
                        ListJobsRequest.newBuilder().setSession(id).setPageSize(1000).build()))
        .getJobsList();
  }

  Job look(Job job) {
    return stage.ask(
        stubs -> stubs.jobs().getJob(GetJobRequest.newBuilder().setId(job.getId()).build()));
  }

  /** Waits until the job has ended, or so many seconds. */
  Job await(Job job, int seconds) {
    return stage.ask(
        stubs ->
            stubs
                .jobs()
                .waitJob(
                    WaitJobRequest.newBuilder()
                        .setId(job.getId())
                        .setTimeout(seconds(seconds))
                        .build()));
  }

  /** Submits a job and waits until it runs. */
  Job running(String script) {
    return awaitRunning(submit(script));
  }

  Job awaitRunning(Job job) {
    return Eventually.see(
        job.getId() + " runs", () -> look(job), now -> now.getState() == JobState.RUNNING);
  }

  /** Waits until the job has printed this text. */
  void awaitOutput(Job job, String text) {
    Eventually.see(
        "'" + text + "' is printed",
        () -> read(job, OutputStream.STDOUT, 0, 1 << 20).getData().toStringUtf8(),
        seen -> seen.contains(text));
  }

  Job cancel(Job job, int graceSeconds) {
    return stage.ask(
        stubs ->
            stubs
                .jobs()
                .cancelJob(
                    CancelJobRequest.newBuilder()
                        .setId(job.getId())
                        .setGrace(seconds(graceSeconds))
                        .build()));
  }

  long give(Job job, long offset, byte[] bytes, boolean end) {
    return stage
        .ask(
            stubs ->
                stubs
                    .jobs()
                    .giveInput(
                        GiveInputRequest.newBuilder()
                            .setId(job.getId())
                            .setOffset(offset)
                            .setData(ByteString.copyFrom(bytes))
                            .setEnd(end)
                            .build()))
        .getNext();
  }

  OutputPiece read(Job job, OutputStream stream, long offset, int max) {
    return stage.ask(
        stubs ->
            stubs
                .jobs()
                .readOutput(
                    ReadOutputRequest.newBuilder()
                        .setId(job.getId())
                        .setStream(stream)
                        .setOffset(offset)
                        .setMaxBytes(max)
                        .build()));
  }

  /** Follows the job to its end; when the node goes away, from where it was. */
  Ended end(Job job) {
    var streams =
        Map.of(
            OutputStream.STDOUT, ByteString.newOutput(),
            OutputStream.STDERR, ByteString.newOutput());
    Job last = stage.ask(stubs -> follow(stubs, job, streams));
    return new Ended(
        last,
        streams.get(OutputStream.STDOUT).toByteString(),
        streams.get(OutputStream.STDERR).toByteString());
  }

  private static Job follow(
      NodeClient.Stubs stubs, Job job, Map<OutputStream, ByteString.Output> streams) {
    var messages =
        stubs
            .jobs()
            .followOutput(
                FollowOutputRequest.newBuilder()
                    .setId(job.getId())
                    .setStdoutOffset(streams.get(OutputStream.STDOUT).size())
                    .setStderrOffset(streams.get(OutputStream.STDERR).size())
                    .build());
    Job last = job;
    while (messages.hasNext()) {
      FollowOutputResponse message = messages.next();
      if (message.hasJob()) {
        last = message.getJob();
      } else {
        take(message.getPiece(), streams.get(message.getPiece().getStream()));
      }
    }
    return last;
  }

  /** Every byte once and in order, or it is no true copy. */
  private static void take(OutputPiece piece, ByteString.Output to) {
    if (piece.getOffset() != to.size()) {
      throw new AssertionError("a piece at " + piece.getOffset() + ", " + to.size() + " was due");
    }
    byte[] bytes = piece.getData().toByteArray();
    to.write(bytes, 0, bytes.length);
  }
}
