package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.holdfast.directory.Directory;
import dev.holdfast.fixture.RulesOnly;
import dev.holdfast.output.FileOutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.protocol.v1.*;
import dev.holdfast.security.Tokens;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Command;
import dev.holdfast.session.Outcome;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The services over a real port and a real output log; the sessions are their rules alone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceTest {

  @TempDir static Path place;
  private final Directory directory = new Directory(1000, Clock.systemUTC());
  private final RulesOnly rules = new RulesOnly(directory::changed);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private FileOutputLog log;
  private Tokens tokens;
  private Api api;
  private ManagedChannel channel;
  private SessionsGrpc.SessionsBlockingStub sessions;
  private JobsGrpc.JobsBlockingStub jobs;

  @BeforeAll
  void open() throws Exception {
    log = new FileOutputLog(Files.createDirectory(place.resolve("output")));
    tokens = Tokens.open(place, Clock.systemUTC());
    var bounds = new Bounds(3, 10_000, 10, 5000);
    api =
        Api.start(
            new Bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Optional.empty()),
            new Api.Limits(
                java.time.Duration.ofSeconds(30), java.time.Duration.ofSeconds(60), 100, 100),
            tokens,
            Clock.systemUTC(),
            Watched.monitoring(Readiness.ALWAYS),
            List.of(
                new SessionCalls(
                    directory,
                    rules::ask,
                    Administrators.EVERYBODY,
                    (tenant, ask) ->
                        CompletableFuture.failedStage(new IllegalStateException("no profiles")),
                    bounds,
                    (id, after, max) -> CompletableFuture.completedStage(List.of())),
                new JobCalls(
                    directory, rules::ask, Administrators.EVERYBODY, bounds, log, threads)));
    channel =
        OkHttpChannelBuilder.forAddress("127.0.0.1", api.port())
            .usePlaintext()
            .flowControlWindow(4 << 20)
            .build();
    var headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + Files.readString(place.resolve("token")).strip());
    var token = MetadataUtils.newAttachHeadersInterceptor(headers);
    sessions = SessionsGrpc.newBlockingStub(channel).withInterceptors(token);
    jobs = JobsGrpc.newBlockingStub(channel).withInterceptors(token);
  }

  @AfterAll
  void close() throws Exception {
    channel.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
    api.close();
    tokens.close();
    threads.shutdownNow();
    log.close();
  }

  @Test
  @DisplayName("behaviour 1: an opened session reports what was asked for")
  void anOpenedSessionReportsWhatWasAskedFor() throws Exception {
    var made =
        threads.submit(
            () ->
                sessions.createSession(
                    CreateSessionRequest.newBuilder()
                        .setTarget("ann@Host1:2222")
                        .setName("web")
                        .putLabels("app", "x")
                        .setShell("bash")
                        .setKey("first")
                        .build()));
    String id = Ids.of("default", "first");
    awaitThat(() -> rules.get(id) != null);
    assertFalse(made.isDone());
    rules.up(id);
    Session session = made.get(30, TimeUnit.SECONDS);
    assertEquals(SessionState.OPENED, session.getState());
    assertEquals(Availability.AVAILABLE, session.getAvailability());
    assertEquals("ssh://ann@Host1:2222", session.getTarget());
    assertEquals("bash", session.getShell());
    assertEquals("admin", session.getOwner());
    assertEquals("x", session.getLabelsOrThrow("app"));
    assertEquals(id, sessions.getSession(get("web")).getId());
    assertEquals(id, sessions.getSession(get(id.substring(0, 5))).getId());
  }

  @Test
  @DisplayName("behaviour 2: a target that cannot be reached is a typed error")
  void aTargetThatCannotBeReachedIsATypedError() throws Exception {
    var made =
        threads.submit(
            () ->
                kindOf(
                    () ->
                        sessions.createSession(
                            CreateSessionRequest.newBuilder()
                                .setTarget("nowhere")
                                .setKey("second")
                                .build())));
    String id = Ids.of("default", "second");
    awaitThat(() -> rules.get(id) != null);
    rules.tell(
        id,
        new Command.LinkFailed(
            rules.get(id).core().epoch(),
            new Cause("unresolved", "no address", "look"),
            Command.LinkFailed.Next.RETRY_IF_OPEN,
            false));
    assertEquals("unresolved", made.get(30, TimeUnit.SECONDS));
  }

  @Test
  void everyFieldOutOfItsRangeIsInvalid() {
    var day = Duration.newBuilder().setSeconds(366 * 86_400L).build();
    for (CreateSessionRequest.Builder bad :
        List.of(
            create().setName("a b"),
            create().setName("x".repeat(65)),
            create().setShell("-sh"),
            create().setShell("sh; rm"),
            create().setIdleTimeout(day),
            create().setConnectTimeout(Duration.getDefaultInstance()),
            create().setKey("k".repeat(129)),
            create().putLabels("", "x"),
            create().putLabels("k", "v".repeat(256)),
            create().putLabels("a\nb", "v"))) {
      assertEquals("invalid", kindOf(() -> sessions.createSession(bad.build())), bad.toString());
    }
    var many = create();
    for (int i = 0; i < 10_000; i++) {
      many.putLabels("k" + i, "v");
    }
    assertEquals("invalid", kindOf(() -> sessions.createSession(many.build())));
    for (String target :
        List.of("-oProxyCommand=x", "ssh://h:99999", "http://h", "a b", "ssh://h\n", "ssh://")) {
      assertEquals(
          "bad-target",
          kindOf(() -> sessions.createSession(create().setTarget(target).build())),
          target);
    }
  }

  @Test
  @DisplayName("behaviour 7: what is not there is not found")
  void whatIsNotThereIsNotFound() {
    for (String id : List.of("nothing", "aaaabbbbcccc", "label:no=such")) {
      assertEquals("not-found", kindOf(() -> sessions.getSession(get(id))));
      assertEquals("not-found", kindOf(() -> jobs.getJob(job(id + ".1"))));
    }
    String id = opened("third");
    assertEquals("not-found", kindOf(() -> jobs.getJob(job(id + ".7"))));
    assertEquals("invalid", kindOf(() -> jobs.getJob(job(id))));
    assertEquals("invalid", kindOf(() -> jobs.getJob(job(id + ".x"))));
  }

  @Test
  @DisplayName("behaviour 19: the same key submitted twice gives one job")
  void theSameKeySubmittedTwiceGivesOneJob() {
    String id = opened("fourth");
    Job first = jobs.submitJob(script(id, "true").setKey("k").build());
    Job second = jobs.submitJob(script(id, "true").setKey("k").build());
    assertEquals(first.getId(), second.getId());
    Job third = jobs.submitJob(script(id, "true").build());
    assertEquals(id + ".2", third.getId());
    assertEquals(1, third.getPosition());
  }

  @Test
  void aFullQueueAnEmptyAndALargeScriptAreRefused() {
    String id = opened("fifth");
    for (int i = 0; i < 4; i++) {
      jobs.submitJob(script(id, "true").build());
    }
    assertEquals("queue-full", kindOf(() -> jobs.submitJob(script(id, "true").build())));
    assertEquals("invalid", kindOf(() -> jobs.submitJob(script(id, "").build())));
    assertEquals("invalid", kindOf(() -> jobs.submitJob(script(id, "a\0b").build())));
    assertEquals("invalid", kindOf(() -> jobs.submitJob(script(id, "x".repeat(5001)).build())));
    assertEquals(
        "invalid",
        kindOf(() -> jobs.submitJob(SubmitJobRequest.newBuilder().setSession(id).build())));
  }

  @Test
  @DisplayName("behaviour 22: words arrive by value whatever quotes they hold")
  void wordsAreQuotedByValue() {
    String id = opened("sixth");
    jobs.submitJob(
        SubmitJobRequest.newBuilder()
            .setSession(id)
            .setArgv(Argv.newBuilder().addWords("echo").addWords("it's").addWords("a b"))
            .build());
    assertEquals(
        "'echo' 'it'\\''s' 'a b'", rules.get(id).jobs().find(1).orElseThrow().request().script());
  }

  @Test
  @DisplayName("behaviour 23: wait with a short time-out says that the job still runs")
  void waitTellsTheEndOrThatItStillRuns() throws Exception {
    String id = opened("seventh");
    String job = jobs.submitJob(script(id, "sleep 9").build()).getId();
    var shortly = WaitJobRequest.newBuilder().setId(job);
    shortly.getTimeoutBuilder().setNanos(50_000_000);
    assertEquals(JobState.RUNNING, jobs.waitJob(shortly.build()).getState());
    var waiting =
        threads.submit(() -> jobs.waitJob(WaitJobRequest.newBuilder().setId(job).build()));
    ended(id, 1, 3);
    Job after = waiting.get(30, TimeUnit.SECONDS);
    assertEquals(JobState.FAILED, after.getState());
    assertEquals(3, after.getExitCode());
  }

  @Test
  @DisplayName("behaviour 26: followed live and read again, the bytes are the same")
  void followedLiveAndReadAgainTheBytesAreTheSame() throws Exception {
    String id = opened("eighth");
    String job = jobs.submitJob(script(id, "cat").build()).getId();
    var follow = FollowOutputRequest.newBuilder().setId(job).build();
    var follower = threads.submit(() -> collect(jobs.followOutput(follow)));
    var expected = new ByteArrayOutputStream();
    byte[] chunk = new byte[100_000];
    for (int i = 0; i < 50; i++) {
      java.util.Arrays.fill(chunk, (byte) i);
      log.append(
          Views.place(id, 1, StreamName.OUT), (long) i * chunk.length, ByteBuffer.wrap(chunk));
      expected.write(chunk);
    }
    log.append(
        Views.place(id, 1, StreamName.ERR),
        0,
        ByteBuffer.wrap("oops".getBytes(StandardCharsets.UTF_8)));
    ended(id, 1, 0);
    var live = follower.get(30, TimeUnit.SECONDS);
    assertEquals(ByteString.copyFrom(expected.toByteArray()), live.out());
    assertEquals("oops", live.err().toStringUtf8());
    assertEquals(JobState.SUCCEEDED, live.last().getState());
    assertEquals(live.out(), collect(jobs.followOutput(follow)).out());
    var rest = follow.toBuilder().setStdoutOffset(4_900_001).build();
    assertEquals(live.out().substring(4_900_001), collect(jobs.followOutput(rest)).out());
    OutputPiece piece =
        jobs.readOutput(
            ReadOutputRequest.newBuilder().setId(job).setStream(OutputStream.STDERR).build());
    assertEquals("oops", piece.getData().toStringUtf8());
    assertTrue(piece.getEnd());
  }

  @Test
  @DisplayName("behaviours 19, 26: run in one call, asked for again by its key, and read by its id")
  void aJobIsSubmittedAndFollowedInOneCall() throws Exception {
    String id = opened("in-one-call");
    var request = script(id, "cat").setKey("once").build();
    var runs = threads.submit(() -> collect(jobs.runJob(request)));
    awaitThat(
        () ->
            jobs.listJobs(ListJobsRequest.newBuilder().setSession(id).build()).getJobsCount() > 0);
    var again = threads.submit(() -> collect(jobs.runJob(request)));
    log.append(
        Views.place(id, 1, StreamName.OUT),
        0,
        ByteBuffer.wrap("said".getBytes(StandardCharsets.UTF_8)));
    ended(id, 1, 4);
    for (var run : List.of(runs, again)) {
      var seen = run.get(30, TimeUnit.SECONDS);
      assertEquals("said", seen.out().toStringUtf8());
      assertEquals(4, seen.last().getExitCode());
      assertEquals(id + ".1", seen.last().getId());
    }
    var late = collect(jobs.runJob(request));
    assertEquals("said", late.out().toStringUtf8());
    assertEquals("not-found", kindOf(() -> jobs.runJob(script("nobody", "true").build()).next()));
  }

  @Test
  void aReadThatWaitsReturnsWithTheFirstBytes() throws Exception {
    String id = opened("ninth");
    String job = jobs.submitJob(script(id, "cat").build()).getId();
    var request = ReadOutputRequest.newBuilder().setId(job);
    request.getWaitBuilder().setSeconds(60);
    var reading = threads.submit(() -> jobs.readOutput(request.build()));
    log.append(Views.place(id, 1, StreamName.OUT), 0, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    assertEquals(3, reading.get(30, TimeUnit.SECONDS).getData().size());
  }

  @Test
  @DisplayName("behaviour 27: a reader lets a job with limited output go on")
  void aJobWithLimitedOutputHearsOfItsReaders() throws Exception {
    String id = opened("thirteenth");
    String job = jobs.submitJob(script(id, "cat").setOutputLimit(65_536).build()).getId();
    log.append(Views.place(id, 1, StreamName.OUT), 0, ByteBuffer.wrap(new byte[70_000]));
    jobs.readOutput(ReadOutputRequest.newBuilder().setId(job).setOffset(60_000).build());
    awaitThat(() -> rules.told().contains(new Command.MarkRead(1, 60_000, 0)));
    jobs.followOutput(FollowOutputRequest.newBuilder().setId(job).build()).next();
    awaitThat(() -> rules.told().contains(new Command.MarkRead(1, 70_000, 0)));
  }

  @Test
  @DisplayName("behaviour 28: standard input can be given, repeated and ended")
  void inputCanBeGivenRepeatedAndEnded() throws Exception {
    String id = opened("tenth");
    String job = jobs.submitJob(script(id, "cat").setHasInput(true).build()).getId();
    var give = GiveInputRequest.newBuilder().setId(job).setData(ByteString.copyFromUtf8("abc"));
    assertEquals(3, jobs.giveInput(give.build()).getNext());
    assertEquals(3, jobs.giveInput(give.build()).getNext());
    assertEquals("invalid", kindOf(() -> jobs.giveInput(give.clone().setOffset(9).build())));
    var last = give.clone().setOffset(3).setEnd(true).build();
    assertEquals(6, jobs.giveInput(last).getNext());
    assertEquals(6, jobs.giveInput(last).getNext());
    assertEquals(6, log.end(Views.place(id, 1, StreamName.IN)));
    assertEquals("input-ended", kindOf(() -> jobs.giveInput(give.clone().setOffset(6).build())));
    String without = jobs.submitJob(script(id, "cat").build()).getId();
    assertEquals("no-input", kindOf(() -> jobs.giveInput(give.clone().setId(without).build())));
  }

  @Test
  @DisplayName("behaviour 18: waiting jobs are listed in order, moved and cancelled")
  void waitingJobsAreListedInOrderMovedAndCancelled() {
    String id = opened("eleventh");
    for (int i = 0; i < 4; i++) {
      jobs.submitJob(script(id, "true").build());
    }
    jobs.moveJob(MoveJobRequest.newBuilder().setId(id + ".4").setPosition(1).build());
    assertEquals(
        JobState.STOPPED,
        jobs.cancelJob(CancelJobRequest.newBuilder().setId(id + ".2").build()).getState());
    var list = ListJobsRequest.newBuilder().setSession(id).setPageSize(3).build();
    ListJobsResponse page = jobs.listJobs(list);
    assertEquals(
        List.of(id + ".1", id + ".4", id + ".3"),
        page.getJobsList().stream().map(Job::getId).toList());
    ListJobsResponse rest =
        jobs.listJobs(list.toBuilder().setPageToken(page.getNextPageToken()).build());
    assertEquals(List.of(id + ".2"), rest.getJobsList().stream().map(Job::getId).toList());
    assertEquals("", rest.getNextPageToken());
  }

  @Test
  @DisplayName("behaviour 6: a command for a Closed session is refused with the state named")
  void aRemovedSessionRefusesCommandsAndNamesItsState() throws Exception {
    String id = opened("twelfth");
    var removing =
        threads.submit(
            () -> sessions.removeSession(RemoveSessionRequest.newBuilder().setId(id).build()));
    awaitThat(() -> rules.get(id) instanceof dev.holdfast.session.Removing);
    rules.tell(id, new Command.FarSideEnded(rules.get(id).core().epoch()));
    assertEquals(SessionState.CLOSED, removing.get(30, TimeUnit.SECONDS).getState());
    assertEquals("closed", kindOf(() -> jobs.submitJob(script(id, "true").build())));
  }

  // ---- the world

  private String opened(String key) {
    var terms =
        new dev.holdfast.session.Terms(
            key,
            "local:",
            "sh",
            java.util.Map.of(),
            java.time.Duration.ofHours(1),
            java.time.Duration.ofSeconds(30),
            3,
            10_000,
            10,
            "",
            java.time.Duration.ZERO);
    String id = Ids.of("default", key);
    var owner = new dev.holdfast.session.Origin("ann", "default", "");
    rules.tell(id, new Command.Open(id, terms, owner));
    rules.up(id);
    return id;
  }

  private void ended(String id, int job, int code) {
    rules.tell(id, new Command.JobEnded(rules.get(id).core().epoch(), job, Outcome.exited(code)));
  }

  private static CreateSessionRequest.Builder create() {
    return CreateSessionRequest.newBuilder().setTarget("local:");
  }

  private static GetSessionRequest get(String id) {
    return GetSessionRequest.newBuilder().setId(id).build();
  }

  private static GetJobRequest job(String id) {
    return GetJobRequest.newBuilder().setId(id).build();
  }

  private static SubmitJobRequest.Builder script(String session, String script) {
    return SubmitJobRequest.newBuilder().setSession(session).setScript(script);
  }

  private record Followed(ByteString out, ByteString err, Job last) {}

  private static Followed collect(Iterator<FollowOutputResponse> stream) {
    ByteString out = ByteString.EMPTY;
    ByteString err = ByteString.EMPTY;
    Job last = Job.getDefaultInstance();
    while (stream.hasNext()) {
      FollowOutputResponse next = stream.next();
      if (next.hasJob()) {
        last = next.getJob();
      } else if (next.getPiece().getStream() == OutputStream.STDOUT) {
        out = out.concat(next.getPiece().getData());
      } else {
        err = err.concat(next.getPiece().getData());
      }
    }
    return new Followed(out, err, last);
  }

  private static String kindOf(Runnable call) {
    StatusRuntimeException thrown = assertThrows(StatusRuntimeException.class, call::run);
    try {
      return StatusProto.fromThrowable(thrown).getDetails(0).unpack(Failure.class).getKind();
    } catch (com.google.protobuf.InvalidProtocolBufferException | RuntimeException e) {
      throw new AssertionError(thrown.toString(), e);
    }
  }

  private static void awaitThat(java.util.function.BooleanSupplier holds) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new AssertionError("it did not come to pass");
      }
      java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
    }
  }
}
