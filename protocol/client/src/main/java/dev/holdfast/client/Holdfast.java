package dev.holdfast.client;

import dev.holdfast.client.CallFailed.Where;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.FilesGrpc;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.ProfilesGrpc;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.TerminalsGrpc;
import dev.holdfast.protocol.v1.WebhooksGrpc;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Holdfast as a program sees it: the contract of {@code protocol}, through whichever of several
 * nodes answers, for as many threads as there are.
 *
 * <p>A call that fails on the way, not by a node's answer, is made again as it was, on the next
 * node: everything that changes something carries a key, so asking twice does it once. Each try
 * looks up the addresses anew and pauses longer than the one before, see {@link Patience}; {@link
 * Terms} says for how long. A node's refusal is an answer, and is thrown at once.
 *
 * <p>Every method that calls throws {@link CallFailed}. A thread that is interrupted while it waits
 * gets one of kind {@code interrupted}.
 */
public final class Holdfast implements AutoCloseable {

  private static final int LARGEST_MESSAGE = 16 << 20;

  private final Supplier<List<Endpoint>> endpoints;
  private final Terms terms;
  private final Weather weather;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Set<ManagedChannel> left = new HashSet<>();
  private Line line;
  private int turn;
  private boolean reached;
  private boolean away;

  /** A client of these nodes, on the usual terms. Nothing is connected before the first call. */
  public Holdfast(Endpoint... nodes) {
    this(() -> List.of(nodes), Terms.USUAL, Weather.UNHEARD);
  }

  /**
   * A client.
   *
   * @param endpoints the nodes, one at least; asked for before each new connection
   * @param weather hears when no node can be reached for a while
   */
  public Holdfast(Supplier<List<Endpoint>> endpoints, Terms terms, Weather weather) {
    this.endpoints = endpoints;
    this.terms = terms;
    this.weather = weather;
  }

  /** One connection; when it fails, it is replaced once, whoever notices first. */
  private record Line(Endpoint endpoint, ManagedChannel channel, Channel authorized) {}

  /** A new idempotency key. */
  public static String key() {
    return UUID.randomUUID().toString();
  }

  /** Opens a session, and waits until it is open. Without a key in the request it gets one. */
  public Session open(CreateSessionRequest request) {
    var keyed = request.getKey().isEmpty() ? request.toBuilder().setKey(key()).build() : request;
    return sessions(
        terms.answer().plusSeconds(request.getConnectTimeout().getSeconds()),
        sessions -> sessions.createSession(keyed));
  }

  /**
   * Submits a job; when this returns it is kept, and will run once. Without a key in the request it
   * gets one, so that a node that dies before it answers leaves no second job.
   */
  public Job submit(SubmitJobRequest request) {
    var keyed = request.getKey().isEmpty() ? request.toBuilder().setKey(key()).build() : request;
    return jobs(jobs -> jobs.submitJob(keyed));
  }

  /** Submits a job and follows it to its end; gives the ended job. */
  public Job run(SubmitJobRequest request, Sink sink) {
    return follow(submit(request).getId(), sink).untilEnd();
  }

  /** A reader of a job's output, from its beginning. */
  public Follow follow(String job, Sink sink) {
    return follow(job, 0, 0, sink);
  }

  /** A reader of a job's output, from these bytes on. */
  public Follow follow(String job, long fromOut, long fromErr, Sink sink) {
    return new Follow(this, job, fromOut, fromErr, sink);
  }

  /**
   * Gives a job that was submitted with {@code has_input} its standard input, to the end.
   *
   * @throws IOException when {@code in} cannot be read
   */
  public void giveInput(String job, InputStream in) throws IOException {
    new Input(this, job).give(in);
  }

  /**
   * Copies a file or directory of this machine to a session's target. When this is interrupted, the
   * same copy goes on from where it was.
   *
   * @param session an id, the beginning of one, or a name
   * @param destination as {@link Upload} says
   */
  public CopyResult upload(
      Path source, String session, String destination, CopyTerms how, CopyWatch watch) {
    return new Upload(this, how, new Pace(0), watch).copy(source, session, destination, false);
  }

  /**
   * Copies a file or directory of a session's target to this machine.
   *
   * @param session an id, the beginning of one, or a name
   * @param source an absolute path, or one that begins in the account's home directory
   */
  public CopyResult download(
      String session, String source, Path destination, CopyTerms how, CopyWatch watch) {
    return new Download(this, how, new Pace(0), watch).copy(session, source, destination, false);
  }

  /** A call about sessions. */
  public <T> T sessions(Function<SessionsGrpc.SessionsBlockingStub, T> call) {
    return sessions(terms.answer(), call);
  }

  /** A call about sessions that may take {@code within} at the server. */
  public <T> T sessions(Duration within, Function<SessionsGrpc.SessionsBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                SessionsGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** A call about jobs. What changes something must carry a key: it may be made several times. */
  public <T> T jobs(Function<JobsGrpc.JobsBlockingStub, T> call) {
    return jobs(terms.answer(), call);
  }

  /** A call about jobs that may take {@code within} at the server. */
  public <T> T jobs(Duration within, Function<JobsGrpc.JobsBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                JobsGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** A call about terminals that may take {@code within} at the server. */
  public <T> T terminals(Duration within, Function<TerminalsGrpc.TerminalsBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                TerminalsGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** A call about files that may take {@code within} at the server. */
  public <T> T files(Duration within, Function<FilesGrpc.FilesBlockingStub, T> call) {
    return ask(channel -> call.apply(files(channel, within)));
  }

  private static FilesGrpc.FilesBlockingStub files(Channel channel, Duration within) {
    return FilesGrpc.newBlockingStub(channel)
        .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The same, made once, whatever comes of it. */
  <T> T filesOnce(Duration within, Function<FilesGrpc.FilesBlockingStub, T> call) {
    return once(channel -> call.apply(files(channel, within)));
  }

  /** A call about events that may take {@code within} at the server. */
  public <T> T events(Duration within, Function<EventsGrpc.EventsBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                EventsGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** A call about webhooks. */
  public <T> T webhooks(Function<WebhooksGrpc.WebhooksBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                WebhooksGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(terms.answer().toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** A call about nodes. */
  public <T> T nodes(Function<NodesGrpc.NodesBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                NodesGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(terms.answer().toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** A call about profiles. */
  public <T> T profiles(Function<ProfilesGrpc.ProfilesBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                ProfilesGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(terms.answer().toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** Makes a call until it has an answer. */
  private <T> T ask(Function<Channel, T> call) {
    var patience = patience();
    while (true) {
      try {
        return once(call);
      } catch (CallFailed failed) {
        again(failed, patience);
      }
    }
  }

  /** Makes a call once, without a deadline of its own; for what must not be waited for. */
  public <T> T once(Function<Channel, T> call) {
    var used = line();
    try {
      var answer = call.apply(used.authorized());
      arrived();
      return answer;
    } catch (StatusRuntimeException e) {
      var failed = Failures.of(e, used.endpoint());
      if (Failures.mayPass(failed)) {
        leave(used, failed.where() == Where.THERE);
      } else {
        arrived();
      }
      throw failed;
    }
  }

  /** Pauses before the next try, or throws when there is none. */
  void again(CallFailed failed, Patience patience) {
    synchronized (this) {
      if (!Failures.mayPass(failed) || (!reached && !terms.patientAtFirst())) {
        throw failed;
      }
    }
    if (patience.over()) {
      throw failed;
    }
    gone(failed);
    patience.pause();
  }

  Patience patience() {
    return new Patience(terms.patience(), closed);
  }

  /** Ends the connection; calls that are under way fail. */
  @Override
  public synchronized void close() {
    closed.countDown();
    left.forEach(ManagedChannel::shutdownNow);
    if (line != null) {
      line.channel().shutdownNow();
      line = null;
    }
  }

  /** A node has answered. */
  synchronized void arrived() {
    if (away) {
      away = false;
      weather.back();
    }
  }

  private synchronized void gone(CallFailed failed) {
    if (!away) {
      away = true;
      weather.away(failed, reached);
    }
  }

  private synchronized Line line() {
    if (line == null) {
      var nodes = endpoints.get();
      for (int tries = nodes.size(); line == null; tries--) {
        line = connect(nodes.get(Math.floorMod(turn, nodes.size())), tries == 1);
        turn += line == null ? 1 : 0;
      }
    }
    return line;
  }

  /** A connection; null when it cannot be had and there are others to try. */
  private Line connect(Endpoint endpoint, boolean isLast) {
    var opened = open(endpoint);
    try {
      if (awaitConnected(opened) || isLast) {
        return opened;
      }
    } catch (CallFailed failed) {
      if (isLast) {
        turn++;
        opened.channel().shutdownNow();
        throw failed;
      }
    }
    opened.channel().shutdownNow();
    return null;
  }

  /** The next call goes to the next node. Where this one still answers, other calls may end. */
  private synchronized void leave(Line failed, boolean answers) {
    if (answers) {
      failed.channel().shutdown();
      left.removeIf(ManagedChannel::isTerminated);
      left.add(failed.channel());
    } else {
      failed.channel().shutdownNow();
    }
    if (failed.equals(line)) {
      line = null;
      turn++;
    }
  }

  private static Line open(Endpoint endpoint) {
    var channel =
        OkHttpChannelBuilder.forAddress(endpoint.host(), endpoint.port(), credentials(endpoint))
            .maxInboundMessageSize(LARGEST_MESSAGE)
            .keepAliveTime(30, TimeUnit.SECONDS)
            .keepAliveTimeout(15, TimeUnit.SECONDS)
            .disableServiceConfigLookUp()
            .build();
    var headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + endpoint.token());
    return new Line(
        endpoint,
        channel,
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
  }

  private static ChannelCredentials credentials(Endpoint endpoint) {
    if (!endpoint.secure()) {
      return InsecureChannelCredentials.create();
    }
    if (endpoint.authority().isEmpty()) {
      return TlsChannelCredentials.create();
    }
    var authority = endpoint.authority().orElseThrow();
    try {
      return TlsChannelCredentials.newBuilder().trustManager(authority.toFile()).build();
    } catch (IOException e) {
      throw new CallFailed(
          Where.ON_THE_WAY,
          "unreadable",
          "the certificate authority " + authority + " cannot be read",
          "name a file of certificates in PEM",
          e);
    }
  }

  /**
   * Whether the connection is up, once it is or has failed; a host that is silent is given up on
   * here.
   */
  private boolean awaitConnected(Line opened) {
    long until = System.nanoTime() + terms.connect().toNanos();
    var channel = opened.channel();
    for (var state = channel.getState(true); ; state = channel.getState(true)) {
      if (state == ConnectivityState.READY) {
        reached = true;
        return true;
      }
      if (state == ConnectivityState.TRANSIENT_FAILURE || state == ConnectivityState.SHUTDOWN) {
        return false;
      }
      var changed = new CountDownLatch(1);
      channel.notifyWhenStateChanged(state, changed::countDown);
      if (!await(changed, until - System.nanoTime())) {
        throw Failures.noAnswer(opened.endpoint(), null);
      }
    }
  }

  private static boolean await(CountDownLatch latch, long nanos) {
    try {
      return latch.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
