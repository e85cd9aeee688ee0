package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A job of the {@link LittleServer}: what it was asked to do, and what the test lets it do. Its own
 * monitor guards it; whoever waits for it is woken by every change.
 */
public final class LittleJob {

  private static final int PIECE = 64 << 10;

  private final SubmitJobRequest request;
  private Job.Builder job;
  private ByteString out = ByteString.EMPTY;
  private ByteString err = ByteString.EMPTY;
  private ByteString input = ByteString.EMPTY;
  private long droppedBefore;
  private boolean inputEnded;

  LittleJob(SubmitJobRequest request, Job.Builder job) {
    this.request = request;
    this.job = job;
  }

  public SubmitJobRequest request() {
    return request;
  }

  synchronized Job view() {
    return job.setStdoutBytes(out.size()).setStderrBytes(err.size()).build();
  }

  synchronized boolean ended() {
    return ExitCode.ended(job.build());
  }

  public LittleJob print(String text) {
    return print(text.getBytes(StandardCharsets.UTF_8));
  }

  public synchronized LittleJob print(byte[] bytes) {
    out = out.concat(ByteString.copyFrom(bytes));
    notifyAll();
    return this;
  }

  public synchronized LittleJob printError(String text) {
    err = err.concat(ByteString.copyFromUtf8(text));
    notifyAll();
    return this;
  }

  /** Forgets standard output before this offset, as output mode drop does. */
  synchronized LittleJob dropBefore(long offset) {
    droppedBefore = offset;
    return this;
  }

  public synchronized void exit(int code) {
    job.setExitCode(code);
    end(code == 0 ? JobState.SUCCEEDED : JobState.FAILED);
  }

  synchronized void end(JobState state, Failure failure) {
    job.setFailure(failure);
    end(state);
  }

  synchronized void end(JobState state) {
    job.setState(state).setEndedAt(at(5)).setPosition(0);
    notifyAll();
  }

  synchronized void start() {
    job.setState(JobState.RUNNING).setStartedAt(at(2)).setPosition(0).setAttempts(1);
    notifyAll();
  }

  synchronized void place(int position) {
    job.setPosition(position);
  }

  /** The job's standard input once all of it is there. */
  public synchronized ByteString awaitInput() {
    await(() -> inputEnded);
    return input;
  }

  /** Takes at most {@code room} bytes of what is offered, and says where the next belong. */
  synchronized long give(long offset, ByteString bytes, boolean end, int room) {
    if (offset == input.size()) {
      input = input.concat(bytes.substring(0, Math.min(room, bytes.size())));
      inputEnded |= end;
    }
    notifyAll();
    return input.size();
  }

  synchronized OutputPiece piece(OutputStream stream, long offset) {
    var bytes = stream == OutputStream.STDERR ? err : out;
    long from = stream == OutputStream.STDERR ? offset : Math.max(offset, droppedBefore);
    from = Math.min(from, bytes.size());
    int to = (int) Math.min(from + PIECE, bytes.size());
    return OutputPiece.newBuilder()
        .setStream(stream)
        .setOffset(from)
        .setDropped(Math.max(0, from - offset))
        .setData(bytes.substring((int) from, to))
        .setEnd(ended() && to == bytes.size())
        .build();
  }

  /** Waits until there is more than this of either stream, or the job has ended, or no longer. */
  synchronized boolean awaitMore(long outKnown, long errKnown, BooleanSupplier givenUp) {
    await(
        () -> out.size() > outKnown || err.size() > errKnown || ended() || givenUp.getAsBoolean());
    return !givenUp.getAsBoolean();
  }

  synchronized boolean awaitEnd(long millis) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    await(() -> ended() || System.nanoTime() >= until);
    return ended();
  }

  synchronized void wake() {
    notifyAll();
  }

  private synchronized void await(BooleanSupplier condition) {
    try {
      while (!condition.getAsBoolean()) {
        wait(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A moment, some seconds after the little server's time began. */
  static Timestamp at(int seconds) {
    return Timestamp.newBuilder().setSeconds(1_800_000_000L + seconds).build();
  }
}
