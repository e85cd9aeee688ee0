package dev.holdfast.api;

import dev.holdfast.directory.Directory;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.protocol.v1.GiveInputResponse;
import dev.holdfast.protocol.v1.HoldTerminalRequest;
import dev.holdfast.protocol.v1.LeaveTerminalRequest;
import dev.holdfast.protocol.v1.ListTerminalsRequest;
import dev.holdfast.protocol.v1.ListTerminalsResponse;
import dev.holdfast.protocol.v1.OpenTerminalRequest;
import dev.holdfast.protocol.v1.Terminal;
import dev.holdfast.protocol.v1.TerminalsGrpc;
import dev.holdfast.protocol.v1.TypeTerminalRequest;
import dev.holdfast.session.Command;
import dev.holdfast.session.Job;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/**
 * The calls of the Terminals service. A terminal is a job in a session of its own beside the one it
 * was opened in; what is typed is its input, and what it shows its output, of which so much is kept
 * that a screen can be drawn again.
 */
public final class TerminalCalls extends TerminalsGrpc.TerminalsImplBase {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final int USUAL_COLUMNS = 80;
  private static final int USUAL_ROWS = 24;
  private static final int LARGEST = 1000;
  private static final int MOST_TYPED = 64 * 1024;

  /** So much of its output is kept. */
  private static final long KEPT = 4L << 20;

  private static final String USUAL_TERM = "xterm-256color";
  private static final Pattern TERM = Pattern.compile("[A-Za-z0-9+._-]{1,64}");

  private final Access access;
  private final Beside beside;
  private final Bounds bounds;
  private final OutputLog log;
  private final Executor disk;

  /**
   * @param disk runs what may block on the disk
   */
  public TerminalCalls(
      Directory directory,
      Asks asks,
      Administrators administrators,
      Bounds bounds,
      OutputLog log,
      Executor disk) {
    this.access = new Access(directory, asks, administrators);
    this.beside = new Beside(access);
    this.bounds = bounds;
    this.log = log;
    this.disk = disk;
  }

  @Override
  public void openTerminal(OpenTerminalRequest request, StreamObserver<Terminal> caller) {
    Calls.answerWaiting(
        caller,
        gone -> {
          Origin by = Caller.current();
          JobRequest job = job(request);
          return access
              .look(Fields.selector("session", request.getSession()), by)
              .thenCompose(of -> place(of, job, by, gone))
              .thenCompose(own -> access.ask(own, new Command.Submit(job, by), by))
              .thenCompose(answer -> view(answer.session(), 1));
        });
  }

  /** A restricted session takes no terminal, says so itself, and writes it down. */
  private CompletionStage<Session> place(
      Session of, JobRequest job, Origin by, CompletableFuture<Void> gone) {
    return of.core().terms().setup().restriction().isPresent()
        ? access.ask(of, new Command.Submit(job, by), by).thenApply(answer -> answer.session())
        : beside.open(of, "terminal", job.key(), by, gone);
  }

  private JobRequest job(OpenTerminalRequest request) {
    int columns = request.getColumns() == 0 ? USUAL_COLUMNS : request.getColumns();
    int rows = request.getRows() == 0 ? USUAL_ROWS : request.getRows();
    checkSize(columns, rows);
    String term = request.getTerm().isEmpty() ? USUAL_TERM : request.getTerm();
    Fields.check(TERM.matcher(term).matches(), "term", "must be 1-64 of A-Z a-z 0-9 + . _ -");
    String run = request.getScript();
    Fields.check(
        run.indexOf('\0') < 0 && run.length() <= bounds.scriptBytes() / 4,
        "script",
        "must have no NUL, and " + bounds.scriptBytes() / 4 + " characters at most");
    Duration idle =
        Fields.duration(
            "idle_timeout", request::hasIdleTimeout, request.getIdleTimeout(), DAY, SECOND, YEAR);
    return new JobRequest(
        Fields.key(request.getKey()).orElseGet(() -> "auto-" + Ids.fresh()),
        run.isEmpty()
            ? "(terminal)"
            : "(terminal) " + Views.shortened(run.replaceAll("\\p{Cntrl}+", " ")),
        TerminalScript.of(columns, rows, term, run),
        Duration.ZERO,
        KEPT,
        true,
        true,
        Optional.of(new JobRequest.Terminal(idle)));
  }

  private static void checkSize(int columns, int rows) {
    Fields.check(columns >= 1 && columns <= LARGEST, "columns", "must be from 1 to " + LARGEST);
    Fields.check(rows >= 1 && rows <= LARGEST, "rows", "must be from 1 to " + LARGEST);
  }

  @Override
  public void listTerminals(
      ListTerminalsRequest request, StreamObserver<ListTerminalsResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          Origin by = Caller.current();
          return access
              .find(Fields.selector("session", request.getSession()), by)
              .thenApplyAsync(session -> list(session, by), disk);
        });
  }

  private ListTerminalsResponse list(Session session, Origin by) {
    var answer = ListTerminalsResponse.newBuilder();
    for (Session own : beside.living(session.core().id(), by)) {
      own.jobs()
          .all()
          .filter(job -> job.request().terminal().isPresent())
          .filter(job -> !(job.phase() instanceof Job.Phase.Ended))
          .forEach(job -> answer.addTerminals(viewNow(own, job.number())));
    }
    return answer.build();
  }

  @Override
  public void holdTerminal(HoldTerminalRequest request, StreamObserver<Terminal> caller) {
    Calls.answer(
        caller,
        () -> {
          JobId id = JobId.parse(request.getId());
          checkSize(request.getColumns(), request.getRows());
          Origin by = Caller.current();
          return act(
              id,
              new Command.Hold(
                  id.number(),
                  holder(request.getHolder()),
                  by,
                  request.getTake(),
                  request.getColumns(),
                  request.getRows()));
        });
  }

  @Override
  public void leaveTerminal(LeaveTerminalRequest request, StreamObserver<Terminal> caller) {
    Calls.answer(
        caller,
        () -> {
          JobId id = JobId.parse(request.getId());
          return act(id, new Command.LetGo(id.number(), holder(request.getHolder())));
        });
  }

  private static String holder(String key) {
    return Fields.key(key).orElseThrow(() -> Refusal.invalid("holder", "is missing"));
  }

  private CompletionStage<Terminal> act(JobId id, Command command) {
    return access
        .ask(id.session(), command, Caller.current())
        .thenCompose(answer -> view(answer.session(), id.number()));
  }

  @Override
  public void typeTerminal(TypeTerminalRequest request, StreamObserver<GiveInputResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          JobId id = JobId.parse(request.getId());
          String holder = holder(request.getHolder());
          Fields.check(request.getOffset() >= 0, "offset", "must not be negative");
          Fields.check(request.getData().size() <= MOST_TYPED, "data", "may have 64 KiB at most");
          Origin by = Caller.current();
          return access
              .findJob(id, by)
              .thenCompose(session -> type(session, id.number(), holder, request, by));
        });
  }

  /** The bytes are stored before the session hears of them, and only of who may type. */
  private CompletionStage<GiveInputResponse> type(
      Session session, int number, String holder, TypeTerminalRequest request, Origin by) {
    var heard = new Command.GiveInput(number, holder);
    Job job = Access.job(session, number);
    if (job.request().terminal().isEmpty()) {
      throw Refusal.of(Kind.NO_TERMINAL, "job " + number + " is no terminal", "give it input");
    }
    if (!job.takesInputOf(holder) || job.phase() instanceof Job.Phase.Ended) {
      // The session says which of these it is, or that it is over: the caller has just got it.
      return access
          .ask(session, heard, by)
          .thenCompose(answer -> type(answer.session(), number, holder, request, by));
    }
    return CompletableFuture.supplyAsync(
            () ->
                Input.store(
                    log,
                    Views.place(session.core().id(), number, StreamName.IN),
                    request.getOffset(),
                    request.getData(),
                    false),
            disk)
        .thenCompose(
            next ->
                access
                    .ask(session, heard, by)
                    .thenApply(answer -> GiveInputResponse.newBuilder().setNext(next).build()));
  }

  private CompletionStage<Terminal> view(Session session, int number) {
    return CompletableFuture.supplyAsync(() -> viewNow(session, number), disk);
  }

  private Terminal viewNow(Session session, int number) {
    try {
      return view(session, number, Access.job(session, number));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Terminal view(Session session, int number, Job job) throws IOException {
    String id = session.core().id();
    var out = Views.place(id, number, StreamName.OUT);
    var view =
        Terminal.newBuilder()
            .setId(JobId.of(id, number))
            .setSession(session.core().terms().parent())
            .setSessionName(session.core().terms().name())
            .setState(Views.job(session, number, log).getState())
            .setOpenedAt(Views.time(job.submittedAt()))
            .setInputOffset(log.end(Views.place(id, number, StreamName.IN)))
            .setOutputBegin(log.begin(out))
            .setOutputEnd(log.end(out));
    job.holder()
        .ifPresent(
            one ->
                view.setHolder(one.who())
                    .setHeldSince(Views.time(one.since()))
                    .setColumns(one.columns())
                    .setRows(one.rows()));
    return view.build();
  }
}
