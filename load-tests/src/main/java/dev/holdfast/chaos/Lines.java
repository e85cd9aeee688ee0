package dev.holdfast.chaos;

import dev.holdfast.chaos.Call.Outcome;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.JobsGrpc.JobsBlockingStub;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.SessionsGrpc.SessionsBlockingStub;
import dev.holdfast.rig.NodeClient;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The clients' ways to the nodes. Every call goes through one node, has a deadline, and is written
 * down with what came of it.
 */
final class Lines implements AutoCloseable {

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final List<ManagedChannel> channels;
  private final ClientInterceptor signed;
  private final History history;

  /** Services of one node, for one call. */
  record Node(SessionsBlockingStub sessions, JobsBlockingStub jobs) {}

  /** What is asked. */
  record Question(int session, String what, String job, Duration within) {}

  /**
   * Lines to all nodes.
   *
   * @param doors where they are found
   * @param ca whom to trust about them; empty: they speak in the clear
   */
  Lines(List<InetSocketAddress> doors, Optional<Path> ca, String token, History history)
      throws IOException {
    var open = new ArrayList<ManagedChannel>();
    for (InetSocketAddress door : doors) {
      open.add(NodeClient.channel(door.getHostString(), door.getPort(), ca));
    }
    this.channels = List.copyOf(open);
    var headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    this.signed = MetadataUtils.newAttachHeadersInterceptor(headers);
    this.history = history;
  }

  int count() {
    return channels.size();
  }

  /**
   * Asks one node, once.
   *
   * @param said what the history keeps of the answer
   * @throws StatusRuntimeException when there was none, or a refusal
   */
  <T> T ask(int through, Question question, Function<Node, T> call, Function<T, String> said) {
    long from = history.now();
    Outcome outcome = Outcome.UNKNOWN;
    String word = "broken off";
    try {
      T answer = call.apply(node(through, question.within()));
      outcome = Outcome.OK;
      word = said.apply(answer);
      return answer;
    } catch (StatusRuntimeException e) {
      outcome = isUnknown(e) ? Outcome.UNKNOWN : Outcome.FAIL;
      word = kind(e);
      throw e;
    } finally {
      history.add(
          new Call(
              from,
              history.now(),
              question.session(),
              question.what(),
              question.job(),
              through,
              outcome,
              word));
    }
  }

  /** Whether it may have been done: nobody who knows has said otherwise. */
  static boolean isUnknown(StatusRuntimeException e) {
    return NodeClient.isOutage(e)
        || NodeClient.failure(e).isEmpty()
        || e.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED
        || kind(e).equals("disk")
        || kind(e).equals("internal");
  }

  /** The kind of a failure, or the status where nobody said one. */
  static String kind(StatusRuntimeException e) {
    Optional<Failure> failure = NodeClient.failure(e);
    return failure.map(Failure::getKind).orElse(e.getStatus().getCode().toString());
  }

  private Node node(int through, Duration within) {
    ManagedChannel channel = channels.get(through);
    long millis = within.toMillis();
    return new Node(
        SessionsGrpc.newBlockingStub(channel)
            .withInterceptors(signed)
            .withDeadlineAfter(millis, TimeUnit.MILLISECONDS),
        JobsGrpc.newBlockingStub(channel)
            .withInterceptors(signed)
            .withDeadlineAfter(millis, TimeUnit.MILLISECONDS));
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
