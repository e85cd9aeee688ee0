package dev.holdfast.cli;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.util.Timestamps;
import com.google.rpc.Status;
import dev.holdfast.protocol.v1.Availability;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.DrainNodeRequest;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.GiveInputRequest;
import dev.holdfast.protocol.v1.GiveInputResponse;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListEventsResponse;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListHistoryResponse;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.ListJobsResponse;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListNodesResponse;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.ListSessionsResponse;
import dev.holdfast.protocol.v1.MoveJobRequest;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.WaitJobRequest;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A server that speaks the whole contract and keeps everything in memory: for tests of clients.
 *
 * <p>It is true to the contract where a client can tell: keys, selectors, the queue, offsets, typed
 * failures. What runs in a job is up to the test ({@link #when}). It can be stopped in the middle
 * of anything and started again, on another port, with everything it knew. The files {@code
 * endpoint} and {@code token} in its directory are those of a node.
 *
 * <p>The target {@code nowhere} cannot be reached.
 */
public final class LittleServer implements AutoCloseable {

  public static final String TOKEN = "a-token-for-tests";

  /** The first letters of the ids, so that four characters tell up to 26 sessions apart. */
  private static final String ID_LETTERS = "abcdefghijklmnopqrstuvwxyz";

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final Path directory;
  private final Map<String, Consumer<LittleJob>> scripts = new HashMap<>();
  private final Map<String, Session> sessions = new LinkedHashMap<>();
  private final Map<String, List<LittleJob>> jobs = new LinkedHashMap<>();
  private final Map<String, String> sessionKeys = new HashMap<>();
  private final Map<String, LittleJob> jobKeys = new HashMap<>();
  private final Set<String> full = new HashSet<>();
  private final List<String> calls = new ArrayList<>();
  private int inputRoom = Integer.MAX_VALUE;
  private int pageSize = 1000;

  /** How many sessions its node has given away; negative: nobody has asked it to. */
  private int given = -1;

  private Predicate<String> loseAnswer = call -> false;
  private Server server;

  public LittleServer(Path directory) {
    this.directory = directory;
  }

  /** Starts to listen on a free port of the loopback and writes the files that lead to it. */
  public LittleServer start() {
    return start(InsecureServerCredentials.create());
  }

  /** Starts behind https, if the credentials are for that. */
  synchronized LittleServer start(ServerCredentials credentials) {
    var scheme = credentials instanceof InsecureServerCredentials ? "http" : "https";
    try {
      server =
          OkHttpServerBuilder.forPort(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), credentials)
              .permitKeepAliveTime(1, TimeUnit.SECONDS)
              .permitKeepAliveWithoutCalls(true)
              .intercept(new Doorkeeper())
              .addService(new Sessions())
              .addService(new Jobs())
              .addService(new Nodes())
              .addService(new Events())
              .build()
              .start();
      Files.writeString(
          directory.resolve("endpoint"), scheme + "://127.0.0.1:" + server.getPort() + "\n");
      Files.writeString(directory.resolve("token"), TOKEN + "\n");
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it as kill -9 would: every connection breaks, what it knew remains. */
  public void stop() {
    Server running;
    List<LittleJob> waiting = new ArrayList<>();
    synchronized (this) {
      running = server;
      server = null;
      jobs.values().forEach(waiting::addAll);
    }
    if (running != null) {
      running.shutdownNow();
      waiting.forEach(LittleJob::wake);
      await(running);
    }
  }

  @Override
  public void close() {
    stop();
  }

  /** Says what a script, or the words of a command with a space between, does when it runs. */
  public synchronized LittleServer when(String script, Consumer<LittleJob> does) {
    scripts.put(script, does);
    return this;
  }

  /** Makes each GiveInput take at most so many bytes. */
  public synchronized LittleServer withInputRoom(int bytes) {
    inputRoom = bytes;
    return this;
  }

  /** Lets no more jobs into a session. */
  public synchronized LittleServer withFullQueue(Session session) {
    full.add(session.getId());
    return this;
  }

  /** Makes every page of a list at most so long. */
  synchronized LittleServer withPages(int entries) {
    pageSize = entries;
    return this;
  }

  /** The next call of this name is carried out, and its answer lost with the connection. */
  public synchronized LittleServer losingAnswerOf(String name) {
    loseAnswer = name::equals;
    return this;
  }

  /** Opens a session without a client. */
  public synchronized Session open(String name, Map<String, String> labels) {
    return open(
        CreateSessionRequest.newBuilder()
            .setTarget("ssh://ops@" + name + ":22")
            .setName(name)
            .putAllLabels(labels)
            .build());
  }

  synchronized void put(Session session) {
    sessions.put(session.getId(), session);
  }

  synchronized Session session(String id) {
    return sessions.get(id);
  }

  public synchronized List<LittleJob> jobsOf(Session session) {
    return List.copyOf(jobs.get(session.getId()));
  }

  synchronized int sessionCount() {
    return sessions.size();
  }

  /** The names of the calls that were let in, in order. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  private synchronized Session open(CreateSessionRequest request) {
    var known = sessionKeys.get(request.getKey());
    if (!request.getKey().isEmpty() && known != null) {
      return sessions.get(known);
    }
    if (request.getTarget().contains("nowhere")) {
      throw failed(
          io.grpc.Status.Code.FAILED_PRECONDITION,
          "unresolved",
          "The host nowhere has no address.",
          "Check the spelling of the target.");
    }
    var id = ID_LETTERS.charAt(sessions.size()) + "k3vzx2m4q7p";
    var session =
        Session.newBuilder()
            .setId(id)
            .setName(request.getName().isEmpty() ? request.getTarget() : request.getName())
            .setTarget(request.getTarget())
            .setState(SessionState.OPENED)
            .setAvailability(Availability.AVAILABLE)
            .setOwner("ops")
            .putAllLabels(request.getLabelsMap())
            .setShell(request.getShell().isEmpty() ? "sh" : request.getShell())
            .setIncarnation(1)
            .setGeneration(1)
            .setCreatedAt(LittleJob.at(0))
            .setStateSince(LittleJob.at(1))
            .setIdleTimeout(
                request.hasIdleTimeout()
                    ? request.getIdleTimeout()
                    : Durations.proto(java.time.Duration.ofHours(24)))
            .build();
    sessions.put(id, session);
    jobs.put(id, new ArrayList<>());
    sessionKeys.put(request.getKey(), id);
    return session;
  }

  private synchronized LittleJob submit(SubmitJobRequest request) {
    var session = one(request.getSession());
    if (session.getState() == SessionState.CLOSED) {
      throw failed(
          io.grpc.Status.Code.FAILED_PRECONDITION, "closed", "The session is Closed.", "Open one.");
    }
    var key = session.getId() + "/" + request.getKey();
    if (jobKeys.containsKey(key)) {
      return jobKeys.get(key);
    }
    if (full.contains(session.getId())) {
      throw failed(
          io.grpc.Status.Code.RESOURCE_EXHAUSTED,
          "queue-full",
          "The queue of the session is full.",
          "Wait for a job to end.");
    }
    var queue = jobs.get(session.getId());
    var command =
        request.hasArgv()
            ? String.join(" ", request.getArgv().getWordsList())
            : request.getScript();
    var job =
        new LittleJob(
            request,
            Job.newBuilder()
                .setId(session.getId() + "." + (queue.size() + 1))
                .setSession(session.getId())
                .setSessionName(session.getName())
                .setTarget(session.getTarget())
                .setState(JobState.QUEUED)
                .setCommand(request.getLabel().isEmpty() ? command : request.getLabel())
                .setKey(request.getKey())
                .setSubmittedAt(LittleJob.at(1))
                .setSubmittedBy("ops"));
    queue.add(job);
    jobKeys.put(key, job);
    turn(session.getId(), command);
    return job;
  }

  /** Starts the first waiting job if none runs; a job that nobody described exits with 127. */
  private synchronized void turn(String session, String newest) {
    var queue = jobs.get(session);
    boolean busy = queue.stream().anyMatch(job -> job.view().getState() == JobState.RUNNING);
    var waiting = waiting(session);
    for (int i = 0; i < waiting.size(); i++) {
      waiting.get(i).place(i + 1);
    }
    if (!busy && !waiting.isEmpty()) {
      var job = waiting.get(0);
      job.start();
      var does = scripts.getOrDefault(newest, unknown -> unknown.exit(127));
      var thread = new Thread(() -> does.accept(job), job.view().getId());
      thread.setDaemon(true);
      thread.start();
    }
  }

  private List<LittleJob> waiting(String session) {
    return jobs.get(session).stream()
        .filter(job -> job.view().getState() == JobState.QUEUED)
        .toList();
  }

  private synchronized List<Session> meant(String selector) {
    return sessions.values().stream().filter(session -> means(selector, session)).toList();
  }

  private static boolean means(String selector, Session session) {
    if (selector.startsWith("label:")) {
      return hasLabel(session, selector.substring("label:".length()));
    }
    return session.getName().equals(selector)
        || (selector.length() >= 4 && session.getId().startsWith(selector));
  }

  private static boolean hasLabel(Session session, String label) {
    int mark = label.indexOf('=');
    if (mark < 0) {
      return session.containsLabels(label);
    }
    return label.substring(mark + 1).equals(session.getLabelsMap().get(label.substring(0, mark)));
  }

  private synchronized Session one(String selector) {
    var found = meant(selector);
    if (found.size() == 1) {
      return found.get(0);
    }
    throw failed(
        io.grpc.Status.Code.NOT_FOUND,
        found.isEmpty() ? "not-found" : "ambiguous",
        (found.isEmpty() ? "There is no session " : "More than one session is ") + selector + ".",
        "See `holdfast list`.");
  }

  private synchronized LittleJob job(String id) {
    int dot = id.lastIndexOf('.');
    if (dot > 0) {
      var found = jobs.get(one(id.substring(0, dot)).getId());
      int number = Integer.parseInt(id.substring(dot + 1));
      if (number >= 1 && number <= found.size()) {
        return found.get(number - 1);
      }
    }
    throw failed(
        io.grpc.Status.Code.NOT_FOUND, "not-found", "There is no job " + id + ".", "See `jobs`.");
  }

  private static StatusRuntimeException failed(
      io.grpc.Status.Code code, String kind, String cause, String advice) {
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder()
            .setCode(code.value())
            .setMessage(cause)
            .addDetails(
                Any.pack(
                    Failure.newBuilder().setKind(kind).setCause(cause).setAdvice(advice).build()))
            .build());
  }

  /** Gives the answer, or breaks every connection when it is to be lost. */
  private <T> void answer(String call, StreamObserver<T> to, Supplier<T> act) {
    boolean lost;
    synchronized (this) {
      calls.add(call);
      lost = loseAnswer.test(call);
      if (lost) {
        loseAnswer = other -> false;
      }
    }
    try {
      var value = act.get();
      if (lost) {
        breakConnections();
        return;
      }
      to.onNext(value);
      to.onCompleted();
    } catch (StatusRuntimeException e) {
      to.onError(e);
    }
  }

  /** Starts anew from a thread of its own, because the old server waits for its calls to end. */
  private void breakConnections() {
    var thread =
        new Thread(
            () -> {
              stop();
              start();
            },
            "restart");
    thread.setDaemon(true);
    thread.start();
  }

  private static void await(Server stopped) {
    try {
      if (!stopped.awaitTermination(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server did not stop");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets nobody in without the token. */
  private static final class Doorkeeper implements ServerInterceptor {

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (("Bearer " + TOKEN).equals(headers.get(AUTHORIZATION))) {
        return next.startCall(call, headers);
      }
      var refusal =
          failed(
              io.grpc.Status.Code.UNAUTHENTICATED,
              "unauthenticated",
              "The token is wrong or has expired.",
              "Set HOLDFAST_TOKEN or --token-file.");
      call.close(refusal.getStatus(), refusal.getTrailers());
      return new ServerCall.Listener<>() {};
    }
  }

  private final class Sessions extends SessionsGrpc.SessionsImplBase {

    @Override
    public void createSession(CreateSessionRequest request, StreamObserver<Session> to) {
      answer("CreateSession", to, () -> open(request));
    }

    @Override
    public void getSession(GetSessionRequest request, StreamObserver<Session> to) {
      answer("GetSession", to, () -> one(request.getId()));
    }

    @Override
    public void listSessions(ListSessionsRequest request, StreamObserver<ListSessionsResponse> to) {
      answer("ListSessions", to, () -> page(request));
    }

    private ListSessionsResponse page(ListSessionsRequest request) {
      synchronized (LittleServer.this) {
        var found =
            sessions.values().stream()
                .filter(session -> fits(request, session))
                .sorted((a, b) -> b.getId().compareTo(a.getId()))
                .toList();
        int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
        int to = Math.min(found.size(), from + Math.min(pageSize, request.getPageSize()));
        return ListSessionsResponse.newBuilder()
            .addAllSessions(found.subList(from, to))
            .setNextPageToken(to < found.size() ? Integer.toString(to) : "")
            .setTotal(found.size())
            .build();
      }
    }

    private boolean fits(ListSessionsRequest request, Session session) {
      var selector = request.getSelector();
      return (request.getStatesList().isEmpty()
              || request.getStatesList().contains(session.getState()))
          && (selector.isEmpty()
              || (means(selector, session) && session.getState() != SessionState.CLOSED))
          && request.getLabelsList().stream().allMatch(label -> hasLabel(session, label));
    }

    @Override
    public void disconnectSession(SessionActRequest request, StreamObserver<Session> to) {
      answer(
          "DisconnectSession",
          to,
          () -> change(request.getId(), SessionState.DISCONNECTED, "asked"));
    }

    @Override
    public void connectSession(SessionActRequest request, StreamObserver<Session> to) {
      answer("ConnectSession", to, () -> change(request.getId(), SessionState.OPENED, ""));
    }

    @Override
    public void repairSession(SessionActRequest request, StreamObserver<Session> to) {
      answer(
          "RepairSession",
          to,
          () -> {
            if (one(request.getId()).getState() != SessionState.BROKEN) {
              throw failed(
                  io.grpc.Status.Code.FAILED_PRECONDITION,
                  "not-broken",
                  "The session is not Broken.",
                  "Only Broken sessions are repaired.");
            }
            return change(request.getId(), SessionState.OPENED, "");
          });
    }

    @Override
    public void removeSession(RemoveSessionRequest request, StreamObserver<Session> to) {
      answer("RemoveSession", to, () -> change(request.getId(), SessionState.CLOSED, ""));
    }

    private Session change(String id, SessionState state, String reason) {
      synchronized (LittleServer.this) {
        var changed = one(id).toBuilder().setState(state).setReason(reason).build();
        sessions.put(changed.getId(), changed);
        return changed;
      }
    }

    @Override
    public void listHistory(ListHistoryRequest request, StreamObserver<ListHistoryResponse> to) {
      answer(
          "ListHistory",
          to,
          () -> {
            var session = one(request.getId());
            return ListHistoryResponse.newBuilder().addEntries(requested(session)).build();
          });
    }

    private HistoryEntry.Builder requested(Session session) {
      return HistoryEntry.newBuilder()
          .setNumber(1)
          .setAt(session.getCreatedAt())
          .setWho(session.getOwner())
          .setFrom("127.0.0.1")
          .setWhat("requested")
          .setDetail(session.getTarget());
    }
  }

  /** Tells of every session that it was requested, one in an answer; a cursor is their count. */
  private final class Events extends EventsGrpc.EventsImplBase {

    @Override
    public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> to) {
      answer("ListEvents", to, () -> after(request));
    }

    private ListEventsResponse after(ListEventsRequest request) {
      var all = List.copyOf(sessions.values());
      int from = request.getCursor().isEmpty() ? 0 : Integer.parseInt(request.getCursor());
      var answer = ListEventsResponse.newBuilder().setEnd(from + 1 >= all.size());
      if (from < all.size()) {
        var session = all.get(from);
        var entry =
            new Sessions()
                .requested(session)
                .setSession(session.getId())
                .setSessionName(session.getName())
                .setTarget(session.getTarget())
                .setCursor(Integer.toString(from + 1));
        boolean wanted =
            (request.getTarget().isEmpty() || request.getTarget().equals(entry.getTarget()))
                && (request.getWho().isEmpty() || request.getWho().equals(entry.getWho()))
                && (!request.hasSince()
                    || Timestamps.compare(entry.getAt(), request.getSince()) >= 0);
        if (wanted) {
          answer.addEvents(entry);
        }
      }
      return answer.setNextCursor(Integer.toString(Math.min(from + 1, all.size()))).build();
    }
  }

  private final class Jobs extends JobsGrpc.JobsImplBase {

    @Override
    public void submitJob(SubmitJobRequest request, StreamObserver<Job> to) {
      answer("SubmitJob", to, () -> submit(request).view());
    }

    @Override
    public void getJob(GetJobRequest request, StreamObserver<Job> to) {
      answer("GetJob", to, () -> job(request.getId()).view());
    }

    @Override
    public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> to) {
      answer(
          "ListJobs",
          to,
          () ->
              ListJobsResponse.newBuilder()
                  .addAllJobs(
                      jobsOf(one(request.getSession())).stream()
                          .map(LittleJob::view)
                          .limit(request.getPageSize())
                          .toList())
                  .build());
    }

    @Override
    public void waitJob(WaitJobRequest request, StreamObserver<Job> to) {
      answer(
          "WaitJob",
          to,
          () -> {
            var job = job(request.getId());
            job.awaitEnd(Words.span(request.getTimeout()).toMillis());
            return job.view();
          });
    }

    @Override
    public void cancelJob(CancelJobRequest request, StreamObserver<Job> to) {
      answer(
          "CancelJob",
          to,
          () -> {
            var job = job(request.getId());
            if (!job.ended()) {
              job.end(JobState.STOPPED);
            }
            return job.view();
          });
    }

    @Override
    public void moveJob(MoveJobRequest request, StreamObserver<Job> to) {
      answer(
          "MoveJob",
          to,
          () -> {
            var job = job(request.getId());
            if (job.view().getState() != JobState.QUEUED) {
              throw failed(
                  io.grpc.Status.Code.FAILED_PRECONDITION,
                  "not-waiting",
                  "The job does not wait.",
                  "Only waiting jobs have a place.");
            }
            job.place(request.getPosition());
            return job.view();
          });
    }

    @Override
    public void readOutput(ReadOutputRequest request, StreamObserver<OutputPiece> to) {
      answer(
          "ReadOutput",
          to,
          () -> {
            var job = job(request.getId());
            if (request.getWait().getSeconds() > 0) {
              boolean err = request.getStream() == OutputStream.STDERR;
              job.awaitMore(
                  err ? Long.MAX_VALUE : request.getOffset(),
                  err ? request.getOffset() : Long.MAX_VALUE,
                  () -> false);
            }
            return job.piece(request.getStream(), request.getOffset());
          });
    }

    @Override
    public void followOutput(FollowOutputRequest request, StreamObserver<FollowOutputResponse> to) {
      synchronized (LittleServer.this) {
        calls.add("FollowOutput");
      }
      var call = (ServerCallStreamObserver<FollowOutputResponse>) to;
      LittleJob job;
      try {
        job = job(request.getId());
      } catch (StatusRuntimeException e) {
        to.onError(e);
        return;
      }
      call.setOnCancelHandler(job::wake);
      var thread = new Thread(() -> send(job, request, call), "follow");
      thread.setDaemon(true);
      thread.start();
    }

    private void send(
        LittleJob job,
        FollowOutputRequest request,
        ServerCallStreamObserver<FollowOutputResponse> to) {
      long out = request.getStdoutOffset();
      long err = request.getStderrOffset();
      while (job.awaitMore(out, err, to::isCancelled)) {
        var outPiece = job.piece(OutputStream.STDOUT, out);
        var errPiece = job.piece(OutputStream.STDERR, err);
        send(outPiece, to);
        send(errPiece, to);
        out = outPiece.getOffset() + outPiece.getData().size();
        err = errPiece.getOffset() + errPiece.getData().size();
        if (outPiece.getEnd() && errPiece.getEnd()) {
          to.onNext(FollowOutputResponse.newBuilder().setJob(job.view()).build());
          to.onCompleted();
          return;
        }
      }
    }

    private static void send(OutputPiece piece, ServerCallStreamObserver<FollowOutputResponse> to) {
      if (!piece.getData().equals(ByteString.EMPTY) && !to.isCancelled()) {
        to.onNext(FollowOutputResponse.newBuilder().setPiece(piece).build());
      }
    }

    @Override
    public void giveInput(GiveInputRequest request, StreamObserver<GiveInputResponse> to) {
      answer(
          "GiveInput",
          to,
          () ->
              GiveInputResponse.newBuilder()
                  .setNext(
                      job(request.getId())
                          .give(
                              request.getOffset(), request.getData(), request.getEnd(), inputRoom))
                  .build());
    }
  }

  private final class Nodes extends NodesGrpc.NodesImplBase {

    @Override
    public void listNodes(ListNodesRequest request, StreamObserver<ListNodesResponse> to) {
      answer("ListNodes", to, () -> ListNodesResponse.newBuilder().addNodes(node()).build());
    }

    @Override
    public void drainNode(DrainNodeRequest request, StreamObserver<Node> to) {
      answer(
          "DrainNode",
          to,
          () -> {
            given = given < 0 ? 0 : given;
            return node();
          });
    }

    /** The only node; while it drains, it gives away a session whenever somebody looks. */
    private Node node() {
      int left = Math.max(0, sessionCount() - Math.max(0, given));
      String status = given < 0 ? "up" : left > 0 ? "leaving" : "drained";
      given += given < 0 ? 0 : 1;
      return Node.newBuilder()
          .setAddress("127.0.0.1:1234")
          .setStatus(status)
          .setVersion("1")
          .setStartedAt(LittleJob.at(0))
          .setSessions(left)
          .setOpened(1)
          .setPid(42)
          .setJava("17")
          .build();
    }
  }
}
