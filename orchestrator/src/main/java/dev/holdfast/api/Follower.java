package dev.holdfast.api;

import dev.holdfast.directory.Directory;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One reader that follows the output of one job until the job has ended and everything is sent.
 *
 * <p>It is woken by the stream (there is room again), by the log (there are bytes) and by the
 * session (it has changed), and then takes turns on a disk thread, one at a time. A turn sends a
 * piece of at most 256 KiB only while the stream is ready, so a slow reader costs one piece of
 * memory and no thread. Whether the job has ended is looked at before the log is read: all output
 * is stored before an end is written, so an empty read after that look is the last one.
 */
final class Follower {

  /** A mark that did not reach the session is repeated: the job may wait for it. */
  private static final Executor LATER = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

  private final ServerCallStreamObserver<FollowOutputResponse> stream;
  private final Access access;
  private final OutputLog log;
  private final Executor disk;
  private final AtomicInteger wishes = new AtomicInteger();
  private final List<AutoCloseable> watches = new ArrayList<>();

  private volatile Session session;
  private volatile boolean started;
  private volatile boolean over;
  private volatile boolean unheard;
  private int number;
  private Origin by;
  private long out;
  private long err;
  private long markedOut;
  private long markedErr;
  private JobState told = JobState.JOB_STATE_UNSPECIFIED;

  Follower(
      ServerCallStreamObserver<FollowOutputResponse> stream,
      Access access,
      OutputLog log,
      Executor disk) {
    this.stream = stream;
    this.access = access;
    this.log = log;
    this.disk = disk;
    stream.setOnReadyHandler(this::wake);
    stream.setOnCancelHandler(this::stop);
  }

  void fail(Throwable why) {
    stop();
    if (!stream.isCancelled()) {
      stream.onError(Failures.of(why));
    }
  }

  void start(Session first, int jobNumber, Origin reader, long stdout, long stderr) {
    session = first;
    number = jobNumber;
    by = reader;
    out = stdout;
    err = stderr;
    String id = first.core().id();
    Directory.Watch changes = access.directory().watch(id, this::changed);
    OutputLog.Watch bytes = log.watch(id, Integer.toString(number), this::wake);
    synchronized (watches) {
      watches.add(changes);
      watches.add(bytes);
    }
    lookAgain(id);
    started = true;
    wake();
    if (over) {
      stop();
    }
  }

  /**
   * For what has changed before the watch began. A change that arrives during this look is newer
   * than what is found, so it must not be overwritten.
   */
  private synchronized void lookAgain(String id) {
    access.directory().get(id).filter(this::hasJob).ifPresent(now -> session = now);
  }

  private synchronized void seen(Session now) {
    session = now;
  }

  /** What another node has told of its session may lack jobs that ended long ago. */
  private boolean hasJob(Session now) {
    return now.jobs().find(number).isPresent();
  }

  private void changed(Session now) {
    if (hasJob(now)) {
      seen(now);
      wake();
      return;
    }
    var unused =
        access
            .ask(now, new Command.Look(), by)
            .thenAccept(
                answer -> {
                  seen(answer.session());
                  wake();
                });
  }

  /** Asks for a turn; one that runs already takes another after it. */
  private void wake() {
    if (started && !over && wishes.getAndIncrement() == 0) {
      disk.execute(this::turns);
    }
  }

  private void turns() {
    int served;
    do {
      served = wishes.get();
      try {
        turn();
      } catch (IOException | RuntimeException e) {
        fail(e);
      }
    } while (wishes.addAndGet(-served) != 0);
  }

  private void turn() throws IOException {
    boolean sent = true;
    while (sent && !over && stream.isReady()) {
      Session now = session;
      boolean ended = Views.ended(now, number);
      sent = tell(now, ended) || sendBoth();
      if (!sent && ended) {
        finish(now);
      }
    }
    markRead();
  }

  /** The job, when it has come to another state; its end is told last, by {@link #finish}. */
  private boolean tell(Session now, boolean ended) throws IOException {
    if (ended) {
      return false;
    }
    Job job = Views.job(now, number, log);
    if (job.getState() == told) {
      return false;
    }
    told = job.getState();
    stream.onNext(FollowOutputResponse.newBuilder().setJob(job).build());
    return true;
  }

  private boolean sendBoth() throws IOException {
    boolean sentOut = send(StreamName.OUT);
    boolean sentErr = send(StreamName.ERR);
    return sentOut || sentErr;
  }

  private boolean send(StreamName name) throws IOException {
    boolean isOut = name == StreamName.OUT;
    long from = isOut ? out : err;
    OutputLog.Piece read =
        log.read(Views.place(session.core().id(), number, name), from, Reading.USUAL);
    int size = read.bytes().remaining();
    if (size == 0) {
      return false;
    }
    long next = read.offset() + size;
    stream.onNext(
        FollowOutputResponse.newBuilder().setPiece(Reading.piece(read, from, name)).build());
    if (isOut) {
      out = next;
    } else {
      err = next;
    }
    return true;
  }

  private void finish(Session now) throws IOException {
    Job job = Views.job(now, number, log);
    stop();
    stream.onNext(FollowOutputResponse.newBuilder().setJob(job).build());
    stream.onCompleted();
  }

  /** A job with limited output waits for its readers; it is told what they have. */
  private void markRead() {
    boolean limited =
        session.jobs().find(number).map(job -> job.request().outputLimit() > 0).orElse(false);
    if (unheard) {
      unheard = false;
      markedOut = 0;
      markedErr = 0;
    }
    if (limited && !over && (out > markedOut || err > markedErr)) {
      markedOut = out;
      markedErr = err;
      var unused =
          access
              .ask(session, new Command.MarkRead(number, out, err), by)
              .whenComplete(
                  (answer, failed) -> {
                    if (failed != null) {
                      unheard = true;
                      LATER.execute(this::wake);
                    }
                  });
    }
  }

  private void stop() {
    over = true;
    synchronized (watches) {
      for (AutoCloseable watch : watches) {
        try {
          watch.close();
        } catch (Exception e) {
          throw new IllegalStateException("a watch ends without failing", e);
        }
      }
      watches.clear();
    }
  }
}
