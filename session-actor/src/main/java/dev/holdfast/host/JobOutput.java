package dev.holdfast.host;

import dev.holdfast.host.Timers.Timer;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.JobOrder.OutputMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Brings a job's output from its spool on the target into the output log, by whichever way there
 * is: inline with the job's end, followed over a channel beside the link, read in one go, or, when
 * the output is limited, in chunks over the link itself.
 *
 * <p>Whatever the way, a byte is stored at its offset, and the log's end is the only account of
 * what is there; so ways may overlap, break off and begin again, and nothing is lost or doubled.
 * {@link #finish} runs its task when the log holds all that the target says there is.
 */
final class JobOutput {

  private static final int MAX_FRUITLESS = 6;

  private final HostLink link;
  private final String job;
  private final Spool out;
  private final Spool err;
  private final Pauses pauses;

  private long limit;
  private OutputMode mode = OutputMode.BLOCK;
  private boolean following;
  private DataChannel channel;
  private boolean moved;
  private int fruitless;
  private boolean maybeLimited;
  private boolean guessed;
  private Timer retry = Timer.NONE;
  private Timer stall = Timer.NONE;
  private Runnable finished;
  private boolean closed;

  JobOutput(HostLink link, String job) {
    this.link = link;
    this.job = job;
    this.pauses = new Pauses(link.settings().retryMin(), link.settings().retryMax());
    this.out = new Spool(link.place(job, StreamName.OUT), "out");
    this.err = new Spool(link.place(job, StreamName.ERR), "err");
  }

  /** One stream: how far the log has it, and how far the target does. */
  private final class Spool {
    private final OutputLog.Place place;
    private final String word;
    private long end;
    private long size = -1;
    private long received;
    private long acked;
    private long resendFrom = -1;

    Spool(OutputLog.Place place, String word) {
      this.place = place;
      this.word = word;
      try {
        end = link.log().end(place);
      } catch (IOException e) {
        link.down(Refusals.cannotStore(e));
      }
    }

    boolean complete() {
      return size >= 0 && end >= size;
    }

    void store(long offset, ByteBuffer bytes) {
      long after = offset + bytes.remaining();
      try {
        link.log().append(place, offset, bytes);
        end = link.log().end(place);
      } catch (IOException e) {
        link.down(Refusals.cannotStore(e));
        return;
      } catch (IllegalArgumentException gap) {
        link.down(Refusals.protocol("output of job " + job + " has a gap at " + end));
        return;
      }
      if (end < after) {
        link.down(Refusals.protocol("the output log ends at " + end + ", not at " + after));
      }
    }

    void skipTo(long offset) {
      try {
        link.log().skipTo(place, offset);
        end = offset;
      } catch (IOException e) {
        link.down(Refusals.cannotStore(e));
      }
    }

    void trim() {
      try {
        link.log().trim(place, limit);
      } catch (IOException e) {
        link.down(Refusals.cannotStore(e));
      }
    }

    void resend() {
      if (resendFrom != end) {
        resendFrom = end;
        link.send("resend " + job + " " + word + " " + end);
      }
    }

    /** The target deletes what is acknowledged, so it is made safe here before. */
    void ack() {
      long safe = mode == OutputMode.DROP ? end : Math.min(received, end);
      if (safe - acked < ackStep()) {
        return;
      }
      try {
        link.makeSafe(job);
      } catch (IOException e) {
        link.down(Refusals.cannotStore(e));
        return;
      }
      acked = safe;
      link.send("ack " + job + " " + word + " " + safe);
    }
  }

  /** Not each little piece: a job only waits once {@code limit} bytes are not acknowledged. */
  private long ackStep() {
    return guessed ? 1 : Math.max(1, limit / 4);
  }

  private Spool spool(StreamName stream) {
    return stream == StreamName.OUT ? out : err;
  }

  void limit(long bytes, OutputMode atLimit) {
    limit = bytes;
    mode = atLimit;
  }

  /** The sizes are known. */
  boolean sized() {
    return finished != null;
  }

  void store(StreamName stream, long offset, ByteBuffer bytes) {
    if (!closed) {
      spool(stream).store(offset, bytes);
    }
  }

  // Following

  /** Begins to follow, from where the log ends. */
  void follow() {
    if (following || limit > 0 || closed) {
      return;
    }
    following = true;
    if (!link.dead()) {
      link.send("quiet " + job);
    }
    openFollow();
  }

  /** The job runs since before this link: what was missed meanwhile comes first. */
  void rejoin() {
    if (limit > 0) {
      out.resend();
      err.resend();
    } else {
      follow();
    }
  }

  private void openFollow() {
    if (closed || channel != null || limit > 0) {
      return;
    }
    channel = link.open(link.commands().follow(job, out.end, err.end), new Following());
  }

  private final class Following implements DataChannel.Sink {
    private final long outFrom = out.end;
    private final long errFrom = err.end;
    private long outAt = outFrom;
    private long errAt = errFrom;

    @Override
    public void bytes(StreamName stream, ByteBuffer bytes) {
      int size = bytes.remaining();
      if (stream == StreamName.OUT) {
        out.store(outAt, bytes);
        outAt += size;
      } else {
        err.store(errAt, bytes);
        errAt += size;
      }
      moved = true;
      pauses.reset();
      check();
    }

    @Override
    public void ended(Optional<Failure> failure) {
      channel = null;
      if (finished != null) {
        readRest();
      } else {
        if (outAt == outFrom && errAt == errFrom) {
          // Only who gave the order knows a limit; follow serves no limited job. If this is one it
          // answers with chunks, or waits for readers; to any other job these words mean nothing.
          maybeLimited = true;
          out.resend();
          err.resend();
          out.ack();
          err.ack();
        }
        retry = link.after(pauses.next(), JobOutput.this::openFollow);
      }
    }
  }

  // The end

  /**
   * The job has ended and its streams are this long. The task runs once, when the log holds them.
   */
  void finish(long outSize, long errSize, Runnable then) {
    if (finished != null || closed) {
      return;
    }
    finished = then;
    out.size = outSize;
    err.size = errSize;
    retry.cancel();
    if (check()) {
      return;
    }
    if (limit > 0) {
      nudge();
      armStall();
    } else if (channel == null) {
      readRest();
    } else {
      armStall();
    }
  }

  private boolean check() {
    if (closed || finished == null || !out.complete() || !err.complete()) {
      return false;
    }
    close();
    finished.run();
    return true;
  }

  private void armStall() {
    moved = false;
    stall = link.after(link.settings().stallAfter(), this::stalled);
  }

  private void stalled() {
    if (closed || (limit == 0 && channel == null)) {
      return;
    }
    if (limit > 0) {
      fruitless = moved ? 0 : fruitless + 1;
      if (fruitless >= MAX_FRUITLESS) {
        link.down(
            Refusals.protocol("the target does not send the output of job " + job + " again"));
        return;
      }
      nudge();
    } else if (!moved) {
      channel.close();
      channel = null;
      readRest();
      return;
    }
    armStall();
  }

  private void readRest() {
    stall.cancel();
    if (closed || channel != null || check()) {
      return;
    }
    Spool behind = out.complete() ? err : out;
    StreamName stream = behind == out ? StreamName.OUT : StreamName.ERR;
    long from = behind.end;
    channel =
        link.open(
            link.commands().read(job, stream, from, behind.size - from),
            new Reading(stream, behind, from));
  }

  private final class Reading implements DataChannel.Sink {
    private final StreamName stream;
    private final Spool spool;
    private final long from;
    private long at;

    Reading(StreamName stream, Spool spool, long from) {
      this.stream = stream;
      this.spool = spool;
      this.from = from;
      this.at = from;
    }

    @Override
    public void bytes(StreamName channelStream, ByteBuffer bytes) {
      // What is read comes on standard output whatever it is; on standard error there are words.
      if (channelStream == StreamName.OUT) {
        int size = bytes.remaining();
        store(stream, at, bytes);
        at += size;
      }
    }

    @Override
    public void ended(Optional<Failure> failure) {
      channel = null;
      if (check() || closed) {
        return;
      }
      if (at > from && failure.isEmpty()) {
        fruitless = 0;
        pauses.reset();
        readRest();
      } else if (failure.isEmpty() || failure.get().kind() == Failure.Kind.PROTOCOL) {
        fruitless++;
        if (fruitless == 2 && failure.isEmpty()) {
          // Only who gave the order knows a limit; read serves no limited job.
          guessLimit(OutputMode.DROP);
          nudge();
          armStall();
          return;
        }
        if (fruitless >= MAX_FRUITLESS) {
          link.down(tooLittle(spool));
          return;
        }
        retry = link.after(pauses.next(), JobOutput.this::readRest);
      } else {
        retry = link.after(pauses.next(), JobOutput.this::readRest);
      }
    }
  }

  private Failure tooLittle(Spool spool) {
    return Refusals.protocol(
        "the target says that job "
            + job
            + " has "
            + spool.size
            + " bytes on "
            + spool.word
            + ", but gives only "
            + spool.end);
  }

  // Limited output

  private void guessLimit(OutputMode guess) {
    limit = Long.MAX_VALUE;
    mode = guess;
    guessed = true;
  }

  /**
   * The target has said again how much there is, and so has sent again before that what it still
   * had: what did not come is lost.
   */
  void resent() {
    if (closed || moved || limit == 0) {
      return;
    }
    for (Spool spool : new Spool[] {out, err}) {
      if (!spool.complete()) {
        if (guessed) {
          link.down(tooLittle(spool));
          return;
        }
        spool.skipTo(spool.size);
      }
    }
    check();
  }

  void chunk(Said.Chunk chunk) {
    if (closed) {
      return;
    }
    if (limit == 0) {
      guessLimit(OutputMode.BLOCK);
    }
    Spool spool = spool(chunk.stream());
    if (chunk.offset() > spool.end) {
      if (mode == OutputMode.BLOCK && finished == null) {
        spool.resend();
        return;
      }
      spool.skipTo(chunk.offset());
    }
    spool.store(chunk.offset(), chunk.bytes());
    moved = true;
    spool.resendFrom = -1;
    if (mode == OutputMode.DROP) {
      spool.trim();
    }
    spool.ack();
    check();
  }

  /** A reader has received this much. */
  void read(long outUpTo, long errUpTo) {
    out.received = Math.max(out.received, outUpTo);
    err.received = Math.max(err.received, errUpTo);
    if ((limit > 0 || maybeLimited) && !closed) {
      out.ack();
      err.ack();
    }
  }

  /** Some time has passed: asks again for what was asked for and has not come. */
  void nudge() {
    if (closed || (limit == 0 && !maybeLimited)) {
      return;
    }
    for (Spool spool : new Spool[] {out, err}) {
      boolean asked = spool.resendFrom >= 0;
      boolean behind = limit > 0 && finished != null && !spool.complete();
      if (asked || behind) {
        spool.resendFrom = -1;
        spool.resend();
      }
    }
    if (limit > 0 && finished != null) {
      moved = false;
      link.send("size " + job);
    }
  }

  /** Lets go of the channel; what is in flight is dropped. */
  void close() {
    closed = true;
    retry.cancel();
    stall.cancel();
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
