package dev.holdfast.rig;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.ProfilesGrpc;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.TerminalsGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that does not care whether its node was killed: it finds the node's present endpoint and
 * asks again, with the same key, until it has an answer. Thread-safe.
 */
public final class NodeClient implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** Kinds of failure of a node that starts, stops or lost its caller. */
  private static final Set<String> TRANSIENT = Set.of("unavailable", "cancelled");

  private final NodeProcess node;
  private final Optional<Path> ca;
  private URI address;
  private ManagedChannel channel;

  public NodeClient(NodeProcess node) {
    this(node, Optional.empty());
  }

  /**
   * A client of a node beyond loopback.
   *
   * @param ca the authority that it trusts, where the node speaks TLS
   */
  public NodeClient(NodeProcess node, Optional<Path> ca) {
    this.node = node;
    this.ca = ca;
  }

  /**
   * A way to a node.
   *
   * @param ca the authority to trust; empty: it talks in the clear
   */
  public static ManagedChannel channel(String host, int port, Optional<Path> ca)
      throws IOException {
    if (ca.isEmpty()) {
      return OkHttpChannelBuilder.forAddress(host, port).usePlaintext().build();
    }
    var trust = TlsChannelCredentials.newBuilder().trustManager(ca.get().toFile()).build();
    return OkHttpChannelBuilder.forAddress(host, port, trust).build();
  }

  /** What is asked of the node. */
  @FunctionalInterface
  public interface Call<T> {
    T on(Stubs stubs);
  }

  /** The services of a node. */
  public record Stubs(
      SessionsGrpc.SessionsBlockingStub sessions,
      JobsGrpc.JobsBlockingStub jobs,
      NodesGrpc.NodesBlockingStub nodes,
      ProfilesGrpc.ProfilesBlockingStub profiles,
      TerminalsGrpc.TerminalsBlockingStub terminals,
      EventsGrpc.EventsBlockingStub events) {}

  /**
   * Asks until there is an answer.
   *
   * @throws StatusRuntimeException when the node refuses, which is an answer
   * @throws IllegalStateException when there was none for five minutes
   */
  public <T> T ask(Call<T> call) {
    return ask(List.of(this), 0, call);
  }

  /**
   * Asks one node after the other until there is an answer.
   *
   * @param first which of them, counted round and round, is the first
   */
  public static <T> T ask(List<NodeClient> nodes, int first, Call<T> call) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    for (int turn = first; ; turn++) {
      try {
        return call.on(nodes.get(Math.floorMod(turn, nodes.size())).stubs());
      } catch (StatusRuntimeException e) {
        if (!isOutage(e) || System.nanoTime() > until) {
          throw e;
        }
      } catch (IOException e) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException("no node for " + PATIENCE, e);
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /**
   * Whether nothing is known of what was asked: the node was not there, went away, or was too slow.
   * That a target is not there is an answer.
   */
  public static boolean isOutage(StatusRuntimeException e) {
    return failure(e).map(Failure::getKind).filter(kind -> !TRANSIENT.contains(kind)).isEmpty()
        && hasOutageCode(e);
  }

  /** What the node said about a refusal, if it was the node that refused. */
  public static Optional<Failure> failure(StatusRuntimeException e) {
    var status = StatusProto.fromThrowable(e);
    if (status == null || status.getDetailsCount() == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(status.getDetails(0).unpack(Failure.class));
    } catch (InvalidProtocolBufferException other) {
      return Optional.empty();
    }
  }

  private static boolean hasOutageCode(StatusRuntimeException e) {
    return e.getStatus().getCode() == Status.Code.UNAVAILABLE
        || e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED
        || e.getStatus().getCode() == Status.Code.CANCELLED;
  }

  public synchronized Stubs stubs() throws IOException {
    URI now = node.endpoint();
    if (!now.equals(address)) {
      close();
      channel = channel(now.getHost(), now.getPort(), ca);
      address = now;
    }
    var headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + node.token());
    var signed = MetadataUtils.newAttachHeadersInterceptor(headers);
    return new Stubs(
        SessionsGrpc.newBlockingStub(channel).withInterceptors(signed),
        JobsGrpc.newBlockingStub(channel).withInterceptors(signed),
        NodesGrpc.newBlockingStub(channel).withInterceptors(signed),
        ProfilesGrpc.newBlockingStub(channel).withInterceptors(signed),
        TerminalsGrpc.newBlockingStub(channel).withInterceptors(signed),
        EventsGrpc.newBlockingStub(channel).withInterceptors(signed));
  }

  @Override
  public synchronized void close() {
    if (channel != null) {
      channel.shutdownNow();
      channel = null;
      address = null;
    }
  }
}
