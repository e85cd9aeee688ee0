package dev.holdfast.cli;

import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.SessionsGrpc;
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
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The way to the server, for as many threads as there are.
 *
 * <p>A call that fails on the way, not by the server's answer, is made again as it was: everything
 * that changes something carries a key, so asking twice does it once. Before the server was reached
 * for the first time nothing is repeated (unless {@code --wait-for-server} says so): then the
 * address is more likely wrong than the server away. Each try looks up the addresses anew, goes on
 * to the one after that which failed, and pauses longer than the one before, see {@link Patience}.
 */
final class Client implements AutoCloseable {

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int LARGEST_MESSAGE = 16 << 20;

  private final ServerOptions options;
  private final Surroundings around;
  private final CountDownLatch closed = new CountDownLatch(1);
  private Line line;
  private int turn;
  private boolean reached;
  private boolean away;

  Client(ServerOptions options, Surroundings around) {
    this.options = options;
    this.around = around;
  }

  /** One connection; when it fails, it is replaced once, whoever notices first. */
  private record Line(Endpoint endpoint, ManagedChannel channel, Channel authorized) {}

  <T> T sessions(Function<SessionsGrpc.SessionsBlockingStub, T> call) {
    return sessions(ANSWER, call);
  }

  /** A call about sessions that may take {@code within} at the server. */
  <T> T sessions(Duration within, Function<SessionsGrpc.SessionsBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                SessionsGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)));
  }

  <T> T jobs(Function<JobsGrpc.JobsBlockingStub, T> call) {
    return jobs(ANSWER, call);
  }

  /** A call about jobs that may take {@code within} at the server. */
  <T> T jobs(Duration within, Function<JobsGrpc.JobsBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                JobsGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)));
  }

  <T> T nodes(Function<NodesGrpc.NodesBlockingStub, T> call) {
    return ask(
        channel ->
            call.apply(
                NodesGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(ANSWER.toMillis(), TimeUnit.MILLISECONDS)));
  }

  /** The key the user gave, or a new one. */
  static String key(String given) {
    return given == null ? UUID.randomUUID().toString() : given;
  }

  /** Makes a call until it has an answer. */
  <T> T ask(Function<Channel, T> call) {
    var patience = patience();
    while (true) {
      try {
        return once(call);
      } catch (Failed failed) {
        again(failed, patience);
      }
    }
  }

  /** Makes a call once. */
  <T> T once(Function<Channel, T> call) {
    var used = line();
    try {
      var answer = call.apply(used.authorized());
      arrived();
      return answer;
    } catch (StatusRuntimeException e) {
      var failed = Failures.of(e, used.endpoint());
      if (Failures.mayPass(failed)) {
        drop(used);
      } else {
        arrived();
      }
      throw failed;
    }
  }

  /** Pauses before the next try, or throws when there is none. */
  void again(Failed failed, Patience patience) {
    synchronized (this) {
      if (!Failures.mayPass(failed) || (!reached && options.patience == null)) {
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
    return new Patience(options.patience, closed);
  }

  @Override
  public synchronized void close() {
    closed.countDown();
    if (line != null) {
      line.channel().shutdownNow();
      line = null;
    }
  }

  /** The server has answered. */
  synchronized void arrived() {
    if (away) {
      away = false;
      around.say("holdfast: connected again");
    }
  }

  private synchronized void gone(Failed failed) {
    if (!away) {
      away = true;
      around.say("holdfast: " + what(failed) + ", trying again ... (Ctrl-C ends this)");
    }
  }

  private String what(Failed failed) {
    if (!reached) {
      return "no server yet";
    }
    return switch (failed.kind()) {
      case Failures.NO_SERVER, Failures.CONNECTION_LOST -> "connection lost";
      default -> failed.failure().getCause();
    };
  }

  private synchronized Line line() {
    if (line == null) {
      var endpoints = Endpoint.all(options, around);
      for (int left = endpoints.size(); line == null; left--) {
        line = connect(endpoints.get(Math.floorMod(turn, endpoints.size())), left == 1);
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
    } catch (Failed failed) {
      if (isLast) {
        turn++;
        opened.channel().shutdownNow();
        throw failed;
      }
    }
    opened.channel().shutdownNow();
    return null;
  }

  private synchronized void drop(Line failed) {
    failed.channel().shutdownNow();
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
    if (endpoint.ca() == null) {
      return TlsChannelCredentials.create();
    }
    try {
      return TlsChannelCredentials.newBuilder().trustManager(endpoint.ca().toFile()).build();
    } catch (IOException e) {
      throw new Failed(
          ExitCode.UNREACHABLE,
          "unreadable",
          "the certificate authority " + endpoint.ca() + " cannot be read",
          "name a file of certificates in PEM with --ca FILE");
    }
  }

  /**
   * Whether the connection is up, once it is or has failed; a host that is silent is given up on
   * here.
   */
  private boolean awaitConnected(Line opened) {
    long until = System.nanoTime() + CONNECT.toNanos();
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
