package dev.holdfast.host;

import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.JobOrder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * Feeds a running job's standard input from the output log's stream {@code IN}, one chunk at a
 * time: store it on the target, tell the host to pass it on, wait for the offset it wants next. The
 * host's word about that offset is the only account, so a chunk that is sent twice is read once.
 */
final class JobInput {

  private static final long NOWHERE = 999_999_999_999_999L;
  private static final int CHUNK = 256 * 1024;

  /** What people type travels in the line that asks for it: a channel of its own costs more. */
  private static final int LINE = 256;

  private final HostLink link;
  private final String job;
  private final OutputLog.Place place;
  private final Pauses pauses;

  private final boolean typed;
  private OptionalLong size;
  private long next = -1;
  private String asked;
  private DataChannel putting;
  private boolean closed;

  JobInput(HostLink link, String job, JobOrder.Input.Given given) {
    this.link = link;
    this.job = job;
    this.size = given.size();
    this.typed = given.typed();
    this.place = link.place(job, StreamName.IN);
    this.pauses = new Pauses(link.settings().retryMin(), link.settings().retryMax());
  }

  /**
   * @param offset the first byte that the job has not been given; negative if only the host knows
   */
  void begin(long offset) {
    if (offset < 0) {
      // An offset that is never next: it changes nothing, and is answered by the one that is.
      ask("input " + job + " " + NOWHERE + " 0");
    } else {
      next = offset;
      pump();
    }
  }

  /** There is more, or the end is known. */
  void more(OptionalLong whole) {
    if (whole.isPresent()) {
      size = whole;
    }
    pump();
  }

  /** The host wants this offset next. */
  void next(long offset) {
    asked = null;
    if (offset == next) {
      // The job reads slower than it is fed, and the target has enough in store.
      link.after(pauses.next(), this::pump);
      return;
    }
    next = offset;
    pauses.reset();
    pump();
  }

  /** The job sees the end of its input. */
  void ended() {
    close();
  }

  /** Some time has passed: an answer may have been lost. */
  void nudge() {
    if (asked != null && !closed) {
      link.send(asked);
    }
  }

  private void pump() {
    if (closed || asked != null || putting != null || next < 0) {
      return;
    }
    if (size.isPresent() && next >= size.getAsLong()) {
      ask("eof " + job);
      return;
    }
    try {
      ByteBuffer bytes = link.log().read(place, next, CHUNK).bytes();
      if (typed && bytes.hasRemaining() && bytes.remaining() <= LINE) {
        ask("typed " + job + " " + next + " " + bytes.remaining() + " " + Text.octal(bytes));
      } else if (bytes.hasRemaining()) {
        put(bytes);
      }
    } catch (IOException e) {
      link.down(Refusals.cannotStore(e));
    }
  }

  private void put(ByteBuffer bytes) {
    int length = bytes.remaining();
    long offset = next;
    putting =
        link.send(
            link.commands().putInput(job, offset, length),
            DataChannel.Source.of(bytes),
            new HostJob.Answer(
                () -> {
                  putting = null;
                  ask("input " + job + " " + offset + " " + length);
                },
                this::notPut));
  }

  private void notPut(Failure why) {
    putting = null;
    link.after(pauses.next(), this::pump);
  }

  private void ask(String line) {
    asked = line;
    link.send(line);
  }

  void close() {
    closed = true;
    if (putting != null) {
      putting.close();
    }
  }
}
