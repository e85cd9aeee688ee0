package dev.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.holdfast.cli.LittleServer;
import dev.holdfast.client.CallFailed.Where;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.okhttp.OkHttpServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program may rely on when the nodes it asks come and go. */
class HoldfastTest {

  private static final int PATIENCE = 60;
  private static final String NOBODY = "http://127.0.0.1:1";

  @TempDir private Path directory;
  private final BlockingQueue<String> weather = new LinkedBlockingQueue<>();
  private LittleServer server;
  private Session web;
  private Holdfast holdfast;

  @BeforeEach
  void start() {
    server = new LittleServer(directory).start();
    web = server.open("web", Map.of());
    holdfast = new Holdfast(() -> List.of(endpoint()), Terms.USUAL, new Watched(weather));
  }

  @AfterEach
  void end() {
    holdfast.close();
    server.close();
  }

  @Test
  @DisplayName("behaviours 19, 33: a node that dies before it answers leaves one job")
  void aSubmissionWhoseAnswerIsLostIsMadeAgainWithTheSameKey() throws Exception {
    server.when("once", job -> job.exit(0)).losingAnswerOf("SubmitJob");

    Job job = holdfast.submit(job("once"));

    assertEquals(web.getId() + ".1", job.getId());
    assertEquals(1, server.jobsOf(web).size());
    assertEquals(2, server.calls().stream().filter("SubmitJob"::equals).count());
    assertEquals(List.of("away", "back"), List.of(heard(), heard()));
  }

  @Test
  @DisplayName("behaviours 30, 33: every byte once, though the node that sent it is gone")
  void aFollowGoesOnWhereItWas() throws Exception {
    var half = new CountDownLatch(1);
    server.when(
        "slow",
        job -> {
          job.print("first\n").printError("one\n");
          await(half);
          job.print("second\n").printError("two\n").exit(3);
        });
    var sink = new Kept();
    var run = CompletableFuture.supplyAsync(() -> holdfast.run(job("slow"), sink));
    assertEquals("out first\n", sink.next());
    assertEquals("err one\n", sink.next());

    server.stop();
    assertEquals("away", heard());
    half.countDown();
    server.start();

    assertEquals(3, run.get(PATIENCE, TimeUnit.SECONDS).getExitCode());
    assertEquals("out second\n", sink.next());
    assertEquals("err two\n", sink.next());
    assertEquals("end", sink.next());
    assertEquals(0, sink.heard.size());
  }

  @Test
  void inputIsGivenToTheEndThoughTheServerTakesLittle() throws Exception {
    server.withInputRoom(3).when("cat", job -> job.print(job.awaitInput().toByteArray()).exit(0));
    Job job = holdfast.submit(job("cat").toBuilder().setHasInput(true).build());

    holdfast.giveInput(
        job.getId(), new ByteArrayInputStream("seven and more".getBytes(StandardCharsets.UTF_8)));

    var sink = new Kept();
    holdfast.follow(job.getId(), 6, 0, sink).untilEnd();
    assertEquals("out and more", sink.next());
  }

  @Test
  void aRefusalIsAnAnswerAndIsNotRepeated() {
    server.withFullQueue(web);

    var failed = assertThrows(CallFailed.class, () -> holdfast.submit(job("more")));

    assertEquals("queue-full", failed.kind());
    assertEquals(Where.THERE, failed.where());
    assertEquals(1, server.calls().size());
  }

  @Test
  void nobodyIsWaitedForBeforeTheFirstContactUnlessThatIsSaid() throws Exception {
    var nobody = Endpoint.of(NOBODY, "token");
    try (var hasty = new Holdfast(nobody, nobody)) {
      var failed = assertThrows(CallFailed.class, () -> hasty.submit(job("never")));
      assertEquals("no-server", failed.kind());
      assertEquals(Where.ON_THE_WAY, failed.where());
    }
    server.stop();
    var terms = Terms.USUAL.waiting(Duration.ofMinutes(5));
    try (var patient =
        new Holdfast(() -> List.of(nobody, endpoint()), terms, new Watched(weather))) {
      server.when("late", job -> job.exit(0));
      var job = CompletableFuture.supplyAsync(() -> patient.submit(job("late")));
      assertEquals("away at first", heard());
      server.start();
      assertEquals(web.getId() + ".1", job.get(PATIENCE, TimeUnit.SECONDS).getId());
    }
  }

  @Test
  void whatCannotBeRightIsRefusedBeforeAnythingIsAsked() {
    Map<String, Runnable> wrong =
        Map.of(
            "clear-text", () -> Endpoint.of("http://db.example.org:7410", "token"),
            "bad-address", () -> Endpoint.of("ftp://127.0.0.1", "token"),
            "bad-token", () -> Endpoint.of("https://db.example.org", "two\nlines"));
    wrong.forEach(
        (kind, act) -> {
          var failed = assertThrows(CallFailed.class, act::run, kind);
          assertEquals(kind, failed.kind());
          assertEquals(Where.HERE, failed.where());
        });
  }

  @Test
  void whereOneCallIsToldToTryLaterOthersOnTheSameConnectionGoOn() throws Exception {
    var follows = new LinkedBlockingQueue<StreamObserver<FollowOutputResponse>>();
    Server moody = moody(follows);
    try (var client = new Holdfast(Endpoint.of("http://127.0.0.1:" + moody.getPort(), "token"))) {
      var sink = new Kept();
      var follow = CompletableFuture.supplyAsync(() -> client.follow("a.1", sink).untilEnd());
      var to = follows.poll(PATIENCE, TimeUnit.SECONDS);
      to.onNext(piece("one"));
      assertEquals("out one", sink.next());

      var request = GetJobRequest.newBuilder().setId("a.1").build();
      assertEquals("a.1", client.<Job>jobs(jobs -> jobs.getJob(request)).getId());

      to.onNext(piece("two"));
      to.onNext(FollowOutputResponse.newBuilder().setJob(ended()).build());
      to.onCompleted();
      assertEquals("out two", sink.next());
      assertEquals(ended(), follow.get(PATIENCE, TimeUnit.SECONDS));
      assertTrue(follows.isEmpty());
    } finally {
      moody.shutdownNow();
    }
  }

  /** A server that answers GetJob at the second time only, and leaves its follows to the test. */
  private static Server moody(BlockingQueue<StreamObserver<FollowOutputResponse>> follows)
      throws IOException {
    var jobs =
        new JobsGrpc.JobsImplBase() {
          private boolean asked;

          @Override
          public synchronized void getJob(GetJobRequest request, StreamObserver<Job> to) {
            if (asked) {
              to.onNext(ended());
              to.onCompleted();
            } else {
              asked = true;
              to.onError(StatusProto.toStatusRuntimeException(unavailable()));
            }
          }

          @Override
          public void followOutput(
              FollowOutputRequest request, StreamObserver<FollowOutputResponse> to) {
            follows.add(to);
          }
        };
    var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return OkHttpServerBuilder.forPort(here, InsecureServerCredentials.create())
        .addService(jobs)
        .build()
        .start();
  }

  private static com.google.rpc.Status unavailable() {
    return com.google.rpc.Status.newBuilder()
        .setCode(com.google.rpc.Code.UNAVAILABLE_VALUE)
        .addDetails(Any.pack(Failure.newBuilder().setKind("unavailable").build()))
        .build();
  }

  private static FollowOutputResponse piece(String word) {
    int offset = word.equals("one") ? 0 : 3;
    return FollowOutputResponse.newBuilder()
        .setPiece(
            OutputPiece.newBuilder()
                .setStream(OutputStream.STDOUT)
                .setOffset(offset)
                .setData(ByteString.copyFromUtf8(word)))
        .build();
  }

  private static Job ended() {
    return Job.newBuilder().setId("a.1").setState(JobState.SUCCEEDED).setExitCode(0).build();
  }

  private SubmitJobRequest job(String script) {
    return SubmitJobRequest.newBuilder().setSession(web.getId()).setScript(script).build();
  }

  private Endpoint endpoint() {
    try {
      var address = Files.readString(directory.resolve("endpoint")).strip();
      return Endpoint.of(address, LittleServer.TOKEN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String heard() throws InterruptedException {
    return weather.poll(PATIENCE, TimeUnit.SECONDS);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(PATIENCE, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Watched(BlockingQueue<String> heard) implements Weather {

    @Override
    public void away(CallFailed why, boolean everReached) {
      heard.add(everReached ? "away" : "away at first");
    }

    @Override
    public void back() {
      heard.add("back");
    }
  }

  /** Keeps what it was given, piece by piece. */
  private static final class Kept implements Sink {

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    String next() throws InterruptedException {
      return heard.poll(PATIENCE, TimeUnit.SECONDS);
    }

    @Override
    public void take(OutputStream stream, ByteString bytes) {
      heard.add((stream == OutputStream.STDERR ? "err " : "out ") + bytes.toStringUtf8());
    }

    @Override
    public void lost(OutputStream stream, long bytes) {
      heard.add("lost " + bytes);
    }

    @Override
    public void end() {
      heard.add("end");
    }
  }
}
