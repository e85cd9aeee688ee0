package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Deadlines;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A borrowed connection. Its {@link #gone()} tells of the connection it was lent; a channel that
 * had to be opened on a further connection ends by itself when that one is lost.
 */
final class Lease implements Connection {

  private final SharedTarget target;
  private final Link link;
  private final CompletableFuture<Failure> gone = new CompletableFuture<>();
  private final Consumer<Failure> watcher = gone::complete;
  private final AtomicBoolean closed = new AtomicBoolean();

  Lease(SharedTarget target, Link link) {
    this.target = target;
    this.link = link;
    link.watch(watcher);
  }

  /** The connection that was lent, for one who wants to go on from there. */
  Link link() {
    return link;
  }

  @Override
  public CompletionStage<Channel> run(String command, Duration deadline) {
    if (gone.isDone()) {
      return CompletableFuture.failedFuture(new TransportException(gone.join()));
    }
    var result = new CompletableFuture<Channel>();
    attempt(command, result);
    return Deadlines.within(
        result,
        deadline,
        () ->
            new Failure(
                Kind.TIMED_OUT,
                "no channel was opened within " + deadline.toMillis() + " ms",
                "see whether the target is overloaded"));
  }

  private void attempt(String command, CompletableFuture<Channel> result) {
    CompletableFuture<Link> room = target.room(link);
    var unusedStop = result.whenComplete((channel, error) -> room.cancel(false));
    var unused =
        room.whenComplete(
            (found, error) -> {
              if (error == null) {
                open(found, command, result);
              } else {
                result.completeExceptionally(new TransportException(Failure.of(error)));
              }
            });
  }

  private void open(Link on, String command, CompletableFuture<Channel> result) {
    CompletableFuture<ExecChannel> opened = on.open(command);
    var unusedStop =
        result.whenComplete(
            (channel, error) ->
                opened.completeExceptionally(new TimeoutException("nobody waits any more")));
    var unused =
        opened.whenComplete(
            (channel, error) -> {
              if (error == null) {
                hand(on, channel, result);
              } else if (unwrap(error) instanceof Link.FullException) {
                tryElsewhere(on, command, result);
              } else {
                target.endRoom(on);
                result.completeExceptionally(new TransportException(Failure.of(error)));
              }
            });
  }

  private void hand(Link on, ExecChannel channel, CompletableFuture<Channel> result) {
    channel.addCloseFutureListener(closed -> target.endRoom(on));
    if (!result.complete(new SshChannel(channel))) {
      channel.abandon();
    }
  }

  private void tryElsewhere(Link on, String command, CompletableFuture<Channel> result) {
    if (target.refused(on)) {
      result.completeExceptionally(
          new TransportException(
              Kind.OVERLOADED,
              "the target refuses to open another channel",
              "see MaxSessions in its sshd_config, and whether the account may run commands"));
    } else if (!result.isDone()) {
      attempt(command, result);
    }
  }

  private static Throwable unwrap(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  @Override
  public CompletionStage<Failure> gone() {
    return gone.minimalCompletionStage();
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    gone.complete(
        new Failure(Kind.LINK_LOST, "the connection was given back", "borrow another one"));
    link.unwatch(watcher);
    target.endLease(link);
  }
}
