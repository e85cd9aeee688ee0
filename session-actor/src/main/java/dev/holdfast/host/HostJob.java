package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.host.Said.JobState;
import dev.holdfast.host.Timers.Timer;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.JobOrder.Input;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkReport.JobEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * One job, as one link sees it, from the order (or from {@code settle}) to the report of its end.
 *
 * <p>The steps: {@code ASKING} whether bulk has to be sent at all, {@code PUTTING} it, {@code
 * STARTING}, {@code RUNNING} (or {@code ORPHAN}), {@code COLLECTING} what is missing of the output.
 * Whatever the step, the target's word about the job's state decides the next one; so a job that
 * was started by another link joins in the middle. Runs on the link's serial.
 */
final class HostJob {

  private static final int MAX_INLINE_SCRIPT = 16 * 1024;

  private static final int PIECE = 128 * 1024;

  private enum Step {
    NEW,
    ASKING,
    PUTTING,
    STARTING,
    RUNNING,
    ORPHAN,
    COLLECTING
  }

  private final HostLink link;
  private final String job;
  private final JobOutput output;

  private Step step = Step.NEW;
  private JobOrder order;
  private byte[] script;
  private boolean scriptStored;
  private boolean inputStored;
  private JobInput input;
  private DataChannel putting;
  private Failure unstorable;
  private String waitingCancel;
  private JobEnd end;
  private Timer answer = Timer.NONE;
  private Timer poll = Timer.NONE;
  private Timer followSoon = Timer.NONE;
  private Duration orphanPoll;
  private long askedAt;
  private boolean settling;
  private boolean over;

  HostJob(HostLink link, String job) {
    this.link = link;
    this.job = job;
    this.output = new JobOutput(link, job);
    this.orphanPoll = link.settings().orphanPollMin();
  }

  // What the owner asks

  void start(JobOrder wanted) {
    if (order != null) {
      return;
    }
    order = wanted;
    script = wanted.script().getBytes(UTF_8);
    output.limit(wanted.outputLimit(), wanted.outputMode());
    if (link.dead()) {
      settle();
    } else if (script.length > MAX_INLINE_SCRIPT || wholeInput().isPresent()) {
      step = Step.ASKING;
      ask("status " + job);
    } else {
      begin();
    }
  }

  void settle() {
    if (step == Step.NEW) {
      step = Step.STARTING;
    }
    settling = true;
    ask("void " + job);
  }

  /** Whether it is being found out how it ended, or its last output is being read. */
  boolean isClosingAccounts() {
    return settling || step == Step.COLLECTING;
  }

  void cancel(String line) {
    if (step == Step.ASKING || step == Step.PUTTING) {
      waitingCancel = line;
    } else if (!link.dead()) {
      link.send(line);
    }
  }

  void input(OptionalLong size) {
    if (input != null) {
      input.more(size);
    } else if (order != null && order.input() instanceof Input.Given) {
      order = withInput(size);
    }
  }

  void read(long out, long err) {
    output.read(out, err);
  }

  // Starting

  private OptionalLong wholeInput() {
    if (!(order.input() instanceof Input.Given given) || given.size().isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long there = link.log().end(inputPlace());
      return there >= given.size().getAsLong() ? given.size() : OptionalLong.empty();
    } catch (IOException e) {
      link.down(Refusals.cannotStore(e));
      return OptionalLong.empty();
    }
  }

  private OutputLog.Place inputPlace() {
    return link.place(job, StreamName.IN);
  }

  /** Sends first what is too large for a line, piece after piece, then the start. */
  private void begin() {
    OptionalLong whole = wholeInput();
    if (script.length > MAX_INLINE_SCRIPT && !scriptStored) {
      step = Step.PUTTING;
      put(
          link.commands().putScript(job, script.length),
          DataChannel.Source.of(ByteBuffer.wrap(script)),
          this::scriptStored);
    } else if (whole.isPresent() && !inputStored) {
      step = Step.PUTTING;
      putInput(whole.getAsLong());
    } else {
      sendStart();
    }
  }

  private void sendStart() {
    step = Step.STARTING;
    askedAt = link.nanoTime();
    ask((scriptStored ? "" : inlineScript()) + "start " + job + keys());
    sendWaitingCancel();
    pollAfter(link.settings().statusInterval());
  }

  private void sendWaitingCancel() {
    if (waitingCancel != null) {
      link.send(waitingCancel);
      waitingCancel = null;
    }
  }

  private String inlineScript() {
    String text = order.script().endsWith("\n") ? order.script() : order.script() + "\n";
    return "script " + job + " " + text.chars().filter(c -> c == '\n').count() + "\n" + text;
  }

  /** Only what is not so by default: a shell reads its pipe byte by byte. */
  private String keys() {
    var keys = new StringBuilder();
    if (!(order.input() instanceof Input.None)) {
      keys.append(inputStored ? " in=file" : " in=pipe");
    }
    if (!order.timeout().isZero()) {
      keys.append(" timeout=").append(wholeSeconds(order.timeout()));
    }
    if (order.outputLimit() > 0) {
      keys.append(" limit=")
          .append(order.outputLimit())
          .append(order.outputMode() == JobOrder.OutputMode.BLOCK ? " mode=block" : " mode=drop");
    }
    return keys.toString();
  }

  /** Rounded up: a time-out is never shorter than asked for. */
  private static long wholeSeconds(Duration timeout) {
    return timeout.plusNanos(999_999_999).toSeconds();
  }

  private void scriptStored() {
    scriptStored = true;
    begin();
  }

  private void putInput(long size) {
    put(
        link.commands().putInput(job, size),
        new StoredInput(size),
        () -> {
          inputStored = true;
          begin();
        });
  }

  private void put(String command, DataChannel.Source source, Runnable then) {
    putting =
        link.send(
            command,
            source,
            new Answer(
                () -> {
                  putting = null;
                  then.run();
                },
                this::notPut));
  }

  /** The whole input, piece by piece from the output log. */
  private final class StoredInput implements DataChannel.Source {
    private final long size;
    private long at;

    StoredInput(long size) {
      this.size = size;
    }

    @Override
    public ByteBuffer next() throws IOException {
      int most = (int) Math.min(PIECE, size - at);
      if (most == 0) {
        return ByteBuffer.allocate(0);
      }
      ByteBuffer piece = link.log().read(inputPlace(), at, most).bytes();
      at += piece.remaining();
      return piece;
    }
  }

  private void notPut(Failure why) {
    putting = null;
    switch (why.kind()) {
      case OVERLOADED, TIMED_OUT, LINK_LOST ->
          link.after(link.settings().retryMin().multipliedBy(5), this::putAgain);
      default -> {
        // Nobody may start it later, once we have said that it was not started.
        unstorable = why;
        ask("void " + job);
      }
    }
  }

  private void putAgain() {
    if (!over && step == Step.PUTTING) {
      begin();
    }
  }

  private JobOrder withInput(OptionalLong size) {
    return new JobOrder(
        order.job(),
        order.script(),
        new Input.Given(size, order.input() instanceof Input.Given given && given.typed()),
        order.timeout(),
        order.outputLimit(),
        order.outputMode());
  }

  // What the target says

  void heard(Said.OfJob said) {
    answer.cancel();
    if (said instanceof Said.Started) {
      started();
    } else if (said instanceof Said.State state) {
      state(state.state());
      link.sayFarewell();
    } else if (said instanceof Said.NoStart no) {
      notStarted(Refusals.of(no.kind(), no.text()));
    } else if (said instanceof Said.Exit exit) {
      exit(exit);
    } else if (said instanceof Said.Size size) {
      if (step == Step.COLLECTING && output.sized()) {
        output.resent();
      } else if (step == Step.COLLECTING) {
        output.finish(size.out(), size.err(), this::ended);
      }
    } else if (said instanceof Said.Chunk chunk) {
      output.chunk(chunk);
    } else if (said instanceof Said.InputNext next && input != null) {
      input.next(next.next());
    } else if (said instanceof Said.InputEnded && input != null) {
      input.ended();
    }
  }

  private void started() {
    if (step != Step.STARTING) {
      return;
    }
    step = Step.RUNNING;
    link.report(new LinkReport.JobStarted(job));
    followSoon = link.after(followAfter(), output::follow);
    feed(0);
  }

  /**
   * When to begin to follow: as set, but not before twice the time that the start itself took, up
   * to ten times as set. A far or busy target gets its chance to send a short job's output along.
   */
  private Duration followAfter() {
    Duration least = link.settings().followAfter();
    Duration most = least.multipliedBy(10);
    Duration fair = Duration.ofNanos(2 * (link.nanoTime() - askedAt));
    if (fair.compareTo(least) < 0) {
      return least;
    }
    return fair.compareTo(most) > 0 ? most : fair;
  }

  /** It was started before: by another link, or our first word about it was lost. */
  private void joined() {
    if (step == Step.RUNNING || step == Step.COLLECTING) {
      return;
    }
    step = Step.RUNNING;
    link.report(new LinkReport.JobStarted(job));
    output.rejoin();
    feed(-1);
    sendWaitingCancel();
    pollAfter(link.settings().statusInterval());
  }

  private void feed(long next) {
    if (order != null && order.input() instanceof Input.Given given && !inputStored) {
      input = new JobInput(link, job, given);
      input.begin(next);
    }
  }

  private void state(JobState state) {
    settling = false;
    if (step == Step.COLLECTING) {
      return;
    }
    if (state instanceof JobState.None) {
      none();
    } else if (state instanceof JobState.Voided) {
      if (unstorable != null) {
        notStarted(unstorable);
      } else {
        end = neverStarted();
        ended();
      }
    } else if (state instanceof JobState.Running) {
      joined();
    } else if (state instanceof JobState.Orphan) {
      orphan();
    } else if (state instanceof JobState.Done done) {
      collect(end(done.how()));
    } else if (state instanceof JobState.Interrupted) {
      collect(new JobEnd.Interrupted());
    } else if (state instanceof JobState.Lost) {
      collect(new JobEnd.Lost("it was started, and nobody is left who knows how it ended"));
    }
  }

  /** Tickets are not synced to the target's disk one by one: a restart can take the last ones. */
  private JobEnd neverStarted() {
    return link.rebooted()
        ? new JobEnd.Lost(
            "the target restarted and has no record of it; it may have been started just before")
        : new JobEnd.NeverStarted();
  }

  private void none() {
    switch (step) {
      case ASKING -> begin();
      case STARTING -> {
        if (order == null) {
          settle();
        } else {
          begin();
        }
      }
      case PUTTING, NEW -> {}
      default -> {
        // Its ticket is gone. Whoever started it again would run it twice.
        end = new JobEnd.Lost("it was started, and the target has no record of it any more");
        ended();
      }
    }
  }

  private void orphan() {
    step = Step.ORPHAN;
    output.rejoin(); // each time: nobody is left who would announce chunks
    pollAfter(orphanPoll);
    Duration next = orphanPoll.multipliedBy(2);
    Duration most = link.settings().orphanPollMax();
    orphanPoll = next.compareTo(most) > 0 ? most : next;
  }

  private void exit(Said.Exit exit) {
    link.generation(job, exit.how().generation());
    if (step != Step.COLLECTING) {
      collecting(end(exit.how()));
    }
    if (exit.output() instanceof Said.ExitOutput.Sizes sizes) {
      output.finish(sizes.out(), sizes.err(), this::ended);
    } else if (exit.output() instanceof Said.ExitOutput.Inline inline) {
      long out = inline.out().remaining();
      long err = inline.err().remaining();
      output.store(StreamName.OUT, 0, inline.out());
      output.store(StreamName.ERR, 0, inline.err());
      if (out < SaidParser.MAX_INLINE && err < SaidParser.MAX_INLINE) {
        output.finish(out, err, this::ended);
      } else {
        ask("size " + job);
      }
    }
  }

  private void collect(JobEnd how) {
    collecting(how);
    ask("size " + job);
  }

  private void collecting(JobEnd how) {
    step = Step.COLLECTING;
    end = how;
    pollAfter(link.settings().statusInterval());
    followSoon.cancel();
    if (input != null) {
      input.close();
    }
  }

  private JobEnd end(Said.Ended how) {
    link.generation(job, how.generation());
    return switch (how.why()) {
      case ITSELF -> new JobEnd.Exited(how.code());
      case CANCEL -> new JobEnd.Cancelled(how.code());
      case TIMEOUT -> new JobEnd.TimedOut(how.code());
    };
  }

  private void ended() {
    if (!over) {
      close();
      link.report(new LinkReport.JobEnded(job, end));
      link.forget(job);
    }
  }

  private void notStarted(Failure why) {
    close();
    link.report(new LinkReport.JobNotStarted(job, why));
    link.forget(job);
  }

  // Asking

  /** Sends a request whose answer speaks of this job, and expects that answer. */
  private void ask(String lines) {
    link.send(lines);
    answer.cancel();
    answer =
        link.after(
            link.settings().pingTimeout(),
            () -> link.down(Refusals.lost("the target did not answer about job " + job)));
  }

  private void pollAfter(Duration delay) {
    poll.cancel();
    poll = link.after(delay, this::poll);
  }

  private void poll() {
    if (over) {
      return;
    }
    if (step != Step.COLLECTING) {
      ask("status " + job);
    } else if (!output.sized()) {
      ask("size " + job);
    }
    output.nudge();
    if (input != null) {
      input.nudge();
    }
    if (step != Step.ORPHAN) {
      pollAfter(link.settings().statusInterval());
    }
  }

  /** Lets go of channels and timers; nothing is reported any more. */
  void close() {
    over = true;
    answer.cancel();
    poll.cancel();
    followSoon.cancel();
    output.close();
    if (input != null) {
      input.close();
    }
    if (putting != null) {
      putting.close();
    }
  }

  /** Takes the answer of a {@code put}: {@code OK} or {@code REFUSED KIND TEXT}. */
  static final class Answer implements DataChannel.Sink {
    private final StringBuilder text = new StringBuilder();
    private final Runnable ok;
    private final Consumer<Failure> refused;

    Answer(Runnable ok, Consumer<Failure> refused) {
      this.ok = ok;
      this.refused = refused;
    }

    @Override
    public void bytes(StreamName stream, ByteBuffer bytes) {
      if (stream == StreamName.OUT && text.length() < 1000) {
        text.append(Text.latin(bytes));
      }
    }

    @Override
    public void ended(Optional<Failure> failure) {
      String line = text.toString().strip();
      if (line.equals("OK")) {
        ok.run();
      } else if (line.startsWith("REFUSED ")) {
        String[] words = line.split(" ", 3);
        refused.accept(Refusals.of(words[1], words.length > 2 ? words[2] : ""));
      } else {
        refused.accept(
            failure.orElseGet(() -> Refusals.lost("a transfer to the target was cut short")));
      }
    }
  }
}
