package dev.holdfast.client;

import com.google.protobuf.ByteString;
import dev.holdfast.client.CallFailed.Where;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import io.grpc.Channel;
import java.time.Duration;
import java.util.Iterator;

/**
 * Reads a job's output into a {@link Sink}, every byte once and in order.
 *
 * <p>It knows the offset of the next byte of each stream. When the connection is lost it goes on
 * from there, on whatever node answers then; bytes sent again are cut away. Not thread-safe; all
 * methods throw {@link CallFailed} when no node answered for the client's patience, or one refused.
 */
public final class Follow {

  private static final int PIECE = 1 << 20;
  private static final Duration WAIT = Duration.ofSeconds(30);

  private final Holdfast holdfast;
  private final String job;
  private final Sink sink;
  private long nextOut;
  private long nextErr;

  Follow(Holdfast holdfast, String job, long fromOut, long fromErr, Sink sink) {
    this.holdfast = holdfast;
    this.job = job;
    this.nextOut = fromOut;
    this.nextErr = fromErr;
    this.sink = sink;
  }

  /** Both streams as they grow, until the job has ended and all is read. Gives the ended job. */
  public Job untilEnd() {
    var patience = holdfast.patience();
    while (true) {
      try {
        var ended = holdfast.once(channel -> follow(channel, patience));
        if (ended != null) {
          sink.end();
          return ended;
        }
        throw new CallFailed(
            Where.ON_THE_WAY,
            Failures.CONNECTION_LOST,
            "the server stopped sending output before the job had ended",
            "follow job " + job + " again",
            null);
      } catch (CallFailed failed) {
        holdfast.again(failed, patience);
      }
    }
  }

  /** One stream as it grows, until the job has ended and all of it is read. Gives the ended job. */
  public Job untilEnd(OutputStream stream) {
    while (!piece(stream, WAIT).getEnd()) {
      // The piece went to the sink; the server waits for the next.
    }
    sink.end();
    var request = GetJobRequest.newBuilder().setId(job).build();
    return holdfast.jobs(jobs -> jobs.getJob(request));
  }

  /** What there is of one stream now. */
  public void now(OutputStream stream) {
    OutputPiece piece;
    do {
      piece = piece(stream, Duration.ZERO);
    } while (!piece.getEnd() && !piece.getData().isEmpty());
  }

  private Job follow(Channel channel, Patience patience) {
    var request =
        FollowOutputRequest.newBuilder()
            .setId(job)
            .setStdoutOffset(nextOut)
            .setStderrOffset(nextErr)
            .build();
    Iterator<FollowOutputResponse> answers =
        JobsGrpc.newBlockingStub(channel).followOutput(request);
    Job last = null;
    while (answers.hasNext()) {
      var answer = answers.next();
      patience.progressed();
      holdfast.arrived();
      if (answer.hasPiece()) {
        pass(answer.getPiece());
      } else if (answer.hasJob()) {
        last = answer.getJob();
      }
    }
    return last != null && ended(last) ? last : null;
  }

  private static boolean ended(Job job) {
    return switch (job.getState()) {
      case QUEUED, RUNNING, JOB_STATE_UNSPECIFIED -> false;
      default -> true;
    };
  }

  private OutputPiece piece(OutputStream stream, Duration wait) {
    var request =
        ReadOutputRequest.newBuilder()
            .setId(job)
            .setStream(stream)
            .setOffset(next(stream))
            .setMaxBytes(PIECE)
            .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(wait.toSeconds()))
            .build();
    var piece = holdfast.jobs(wait.plusSeconds(60), jobs -> jobs.readOutput(request));
    pass(piece);
    return piece;
  }

  private long next(OutputStream stream) {
    return stream == OutputStream.STDERR ? nextErr : nextOut;
  }

  private void pass(OutputPiece piece) {
    var stream = piece.getStream();
    long next = next(stream);
    if (piece.getOffset() > next) {
      sink.lost(stream, piece.getOffset() - next);
      next = piece.getOffset();
    }
    long known = Math.min(next - piece.getOffset(), piece.getData().size());
    ByteString fresh = piece.getData().substring((int) known);
    if (!fresh.isEmpty()) {
      sink.take(stream, fresh);
    }
    next += fresh.size();
    if (stream == OutputStream.STDERR) {
      nextErr = next;
    } else {
      nextOut = next;
    }
  }
}
