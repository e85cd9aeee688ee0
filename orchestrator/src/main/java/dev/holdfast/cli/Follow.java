package dev.holdfast.cli;

import com.google.protobuf.ByteString;
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
 * from there, on whatever server answers then; bytes sent again are cut away.
 */
final class Follow {

  private static final int PIECE = 1 << 20;
  private static final Duration WAIT = Duration.ofSeconds(30);

  private final Client client;
  private final String job;
  private final Sink sink;
  private long nextOut;
  private long nextErr;

  Follow(Client client, String job, long fromOut, long fromErr, Sink sink) {
    this.client = client;
    this.job = job;
    this.nextOut = fromOut;
    this.nextErr = fromErr;
    this.sink = sink;
  }

  /** Both streams as they grow, until the job has ended and all is read. */
  Job untilEnd() {
    var patience = client.patience();
    while (true) {
      try {
        var ended = client.once(channel -> follow(channel, patience));
        if (ended != null) {
          sink.end();
          return ended;
        }
        throw new Failed(
            ExitCode.UNREACHABLE,
            Failures.CONNECTION_LOST,
            "the server stopped sending output before the job had ended",
            "come back with `holdfast receive " + job + " --follow`");
      } catch (Failed failed) {
        client.again(failed, patience);
      }
    }
  }

  /** One stream as it grows, until the job has ended and all of it is read. */
  Job untilEnd(OutputStream stream) {
    while (!piece(stream, WAIT).getEnd()) {
      // The piece went to the sink; the server waits for the next.
    }
    sink.end();
    return job();
  }

  /** What there is of one stream now. */
  void now(OutputStream stream) {
    OutputPiece piece;
    do {
      piece = piece(stream, Duration.ZERO);
    } while (!piece.getEnd() && !piece.getData().isEmpty());
  }

  Job job() {
    return client.jobs(jobs -> jobs.getJob(GetJobRequest.newBuilder().setId(job).build()));
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
      client.arrived();
      if (answer.hasPiece()) {
        pass(answer.getPiece());
      } else if (answer.hasJob()) {
        last = answer.getJob();
      }
    }
    return last != null && ExitCode.ended(last) ? last : null;
  }

  private OutputPiece piece(OutputStream stream, Duration wait) {
    var request =
        ReadOutputRequest.newBuilder()
            .setId(job)
            .setStream(stream)
            .setOffset(next(stream))
            .setMaxBytes(PIECE)
            .setWait(Durations.proto(wait))
            .build();
    var piece = client.jobs(wait.plusSeconds(60), jobs -> jobs.readOutput(request));
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
