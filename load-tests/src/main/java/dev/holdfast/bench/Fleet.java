package dev.holdfast.bench;

import com.google.protobuf.Duration;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A node as {@code ./holdfast server} starts it, sessions on SSH targets, and one warm client as a
 * program has it: a channel that is up, and calls that no thread waits for.
 */
final class Fleet implements AutoCloseable {

  /** Logs as a node does, not as its tests do. */
  static final String LOGGING = "-Dlogback.configurationFile=logback.xml";

  private static final List<String> SERVER_FLAGS =
      List.of("-Xms64m", "-Xmx1g", "-XX:+ExitOnOutOfMemoryError", LOGGING);

  /** So many sessions are opened at once: the throttle of `holdfast new`. */
  static final int AT_ONCE = 32;

  private static final int CONNECT_SECONDS = 600;
  private static final int MOST_SECONDS = 900;
  private static final int SHOWN = 4096;

  private final SshTargets targets;
  private final Path config;
  private final NodeProcess node;
  private final NodeClient client;
  private final SessionsGrpc.SessionsStub sessions;
  private final JobsGrpc.JobsStub jobs;
  private final List<String> ids = Collections.synchronizedList(new ArrayList<>());

  /** Starts a node with no sessions, in a directory of its own. */
  Fleet(Path directory, SshTargets targets, List<String> moreFlags)
      throws IOException, InterruptedException {
    this.targets = targets;
    this.config = configure(Files.createDirectories(directory));
    this.node =
        new NodeProcess(
            directory.resolve("data"),
            directory.resolve("node.log"),
            flags(moreFlags),
            List.of("--config", config.toString()),
            Map.of());
    this.client = new NodeClient(node);
    node.start();
    this.sessions = SessionsGrpc.newStub(client.stubs().sessions().getChannel());
    this.jobs = JobsGrpc.newStub(client.stubs().jobs().getChannel());
  }

  /** The flags of {@code ./holdfast server}, and more of them. */
  static List<String> flags(List<String> more) {
    return Stream.concat(SERVER_FLAGS.stream(), more.stream()).toList();
  }

  /** The same for a node of the tests' cluster, whose own flags are for tests; the last counts. */
  static List<String> clusterFlags(List<String> more) {
    return Stream.concat(
            Stream.of("-XX:-UseSerialGC", "-XX:TieredStopAtLevel=4"), flags(more).stream())
        .toList();
  }

  /** A node with its own store, whose sessions are on this machine; it is not started yet. */
  static NodeProcess embeddedNode(Path directory, List<String> moreFlags) throws IOException {
    Path config =
        Files.writeString(
            directory.resolve("node.conf"),
            "holdfast.host.local-root = \"" + directory.resolve("sessions") + "\"\n");
    return new NodeProcess(
        directory.resolve("data"),
        directory.resolve("node.log"),
        flags(moreFlags),
        List.of("--config", config.toString()),
        Map.of());
  }

  private Path configure(Path directory) throws IOException {
    return Files.writeString(
        directory.resolve("node.conf"),
        """
        holdfast.host { local-root = "%s", ssh-root = "%s" }
        holdfast.ssh {
          config-file = ""
          agent-socket = ""
          known-hosts = ["%s"]
          identities = ["%s"]
          linger = 1s
        }
        """
            .formatted(
                directory.resolve("near"),
                directory.resolve("far"),
                targets.knownHosts(),
                targets.identity()));
  }

  /** The node's configuration. */
  Path config() {
    return config;
  }

  NodeProcess node() {
    return node;
  }

  /** The sessions' ids, in the order of their hosts. */
  List<String> ids() {
    return List.copyOf(ids);
  }

  /** Opens sessions, one a host, until there are so many; some at once, as `holdfast new` does. */
  void open(int count) throws IOException, InterruptedException {
    while (ids.size() < count) {
      var opened =
          IntStream.range(ids.size(), Math.min(count, ids.size() + AT_ONCE))
              .mapToObj(this::create)
              .toList();
      for (CompletableFuture<Session> session : opened) {
        ids.add(await(session).getId());
      }
    }
  }

  private CompletableFuture<Session> create(int number) {
    return One.of(
        (StreamObserver<Session> to) ->
            sessions.createSession(
                CreateSessionRequest.newBuilder()
                    .setTarget(targets.url(number))
                    .setName("bench-" + number)
                    .setConnectTimeout(Duration.newBuilder().setSeconds(CONNECT_SECONDS))
                    .build(),
                to));
  }

  /** Lets go of the links of all sessions; their shells stay. */
  void disconnect() throws IOException, InterruptedException {
    awaitAll(
        ids.stream()
            .map(
                id ->
                    One.of(
                        (StreamObserver<Session> to) ->
                            sessions.disconnectSession(
                                SessionActRequest.newBuilder().setId(id).build(), to)))
            .toList());
  }

  /** Waits until sshd has seen the last of the connections, which linger for a second. */
  void awaitNoLinks() throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    while (targets.connections() > 0) {
      if (System.nanoTime() > until) {
        throw new IOException(targets.connections() + " connections do not end");
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** How a job ended, and the beginning of what it printed on standard output. */
  record Ran(Job job, long bytes, String beginning) {}

  /** Submits a script and follows its output to the end. */
  CompletableFuture<Ran> run(int session, String script) {
    var ran = new CompletableFuture<Ran>();
    jobs.runJob(
        SubmitJobRequest.newBuilder().setSession(ids.get(session)).setScript(script).build(),
        new Following(ran));
    return ran;
  }

  /** Runs a script in the first sessions at once; each must end with 0 and print what is due. */
  void runEverywhere(int count, String script, String due)
      throws IOException, InterruptedException {
    var all = IntStream.range(0, count).mapToObj(number -> run(number, script)).toList();
    for (CompletableFuture<Ran> one : all) {
      check(await(one), due);
    }
  }

  static void check(Ran ran, String due) throws IOException {
    if (ran.job().getExitCode() != 0 || !ran.beginning().equals(due)) {
      throw new IOException("not what was due: " + ran);
    }
  }

  static <T> T await(CompletableFuture<T> stage) throws IOException, InterruptedException {
    try {
      return stage.get(MOST_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException("the node refused, or is gone: " + e.getCause().getMessage(), e);
    } catch (TimeoutException e) {
      throw new IOException("no answer for " + MOST_SECONDS + " s", e);
    }
  }

  private static void awaitAll(List<? extends CompletableFuture<?>> stages)
      throws IOException, InterruptedException {
    for (CompletableFuture<?> stage : stages) {
      await(stage);
    }
  }

  /** Ends the sessions and what they left on the targets, and then the node. */
  @Override
  public void close() throws IOException {
    try {
      awaitAll(
          ids.stream()
              .map(
                  id ->
                      One.of(
                          (StreamObserver<Session> to) ->
                              sessions.removeSession(
                                  RemoveSessionRequest.newBuilder()
                                      .setId(id)
                                      .setWait(Duration.newBuilder().setSeconds(CONNECT_SECONDS))
                                      .build(),
                                  to)))
              .toList());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while sessions were removed", e);
    } finally {
      client.close();
      node.close();
    }
  }

  /** The one answer of a call. */
  private static final class One<T> implements StreamObserver<T> {

    private interface Call<T> {
      void answerTo(StreamObserver<T> to);
    }

    private final CompletableFuture<T> answer = new CompletableFuture<>();

    static <T> CompletableFuture<T> of(Call<T> call) {
      var one = new One<T>();
      call.answerTo(one);
      return one.answer;
    }

    @Override
    public void onNext(T value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable why) {
      answer.completeExceptionally(why);
    }

    @Override
    public void onCompleted() {}
  }

  /** The output of one job as it comes. */
  private static final class Following implements StreamObserver<FollowOutputResponse> {

    private final CompletableFuture<Ran> ran;
    private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();
    private long bytes;
    private Job last;

    Following(CompletableFuture<Ran> ran) {
      this.ran = ran;
    }

    @Override
    public void onNext(FollowOutputResponse message) {
      if (message.hasPiece()) {
        var data = message.getPiece().getData();
        bytes += data.size();
        if (beginning.size() < SHOWN) {
          beginning.writeBytes(
              data.substring(0, Math.min(data.size(), SHOWN - beginning.size())).toByteArray());
        }
      } else {
        last = message.getJob();
      }
    }

    @Override
    public void onError(Throwable why) {
      ran.completeExceptionally(why);
    }

    @Override
    public void onCompleted() {
      ran.complete(new Ran(last, bytes, beginning.toString(StandardCharsets.UTF_8)));
    }
  }
}
