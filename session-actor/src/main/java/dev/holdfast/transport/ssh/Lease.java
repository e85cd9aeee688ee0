package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Deadlines;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.TransportException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
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
  private final Executor waiting;
  private final CompletableFuture<Failure> gone = new CompletableFuture<>();
  private final Consumer<Failure> watcher = gone::complete;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param waiting runs what waits for an answer of the target
   */
  Lease(SharedTarget target, Link link, Executor waiting) {
    this.target = target;
    this.link = link;
    this.waiting = waiting;
    link.watch(watcher);
  }

  /** The connection that was lent, for one who wants to go on from there. */
  Link link() {
    return link;
  }

  /** How a channel of one kind is opened on a connection that has room for it. */
  private interface Way<T> {
    CompletableFuture<T> open(Link on);

    void whenClosed(T opened, Runnable then);

    void abandon(T opened);
  }

  private record Command(String text) implements Way<ExecChannel> {
    @Override
    public CompletableFuture<ExecChannel> open(Link on) {
      return on.open(text);
    }

    @Override
    public void whenClosed(ExecChannel opened, Runnable then) {
      opened.addCloseFutureListener(closed -> then.run());
    }

    @Override
    public void abandon(ExecChannel opened) {
      opened.abandon();
    }
  }

  private record Sftp(Executor waiting) implements Way<SftpClient3> {
    @Override
    public CompletableFuture<SftpClient3> open(Link on) {
      return on.openFiles(waiting);
    }

    @Override
    public void whenClosed(SftpClient3 opened, Runnable then) {
      opened.getClientChannel().addCloseFutureListener(closed -> then.run());
    }

    @Override
    public void abandon(SftpClient3 opened) {
      opened.abandon();
    }
  }

  @Override
  public CompletionStage<Channel> run(String command, Duration deadline) {
    return opened(new Command(command), deadline).thenApply(SshChannel::new);
  }

  @Override
  public CompletionStage<RemoteFiles> files(Duration deadline) {
    return opened(new Sftp(waiting), deadline)
        .thenApply(client -> new SftpFiles(client, new TargetShell(this)));
  }

  private <T> CompletableFuture<T> opened(Way<T> way, Duration deadline) {
    if (gone.isDone()) {
      return CompletableFuture.failedFuture(new TransportException(gone.join()));
    }
    var result = new CompletableFuture<T>();
    attempt(way, result);
    return Deadlines.within(
        result,
        deadline,
        () ->
            new Failure(
                Kind.TIMED_OUT,
                "no channel was opened within " + deadline.toMillis() + " ms",
                "see whether the target is overloaded"));
  }

  private <T> void attempt(Way<T> way, CompletableFuture<T> result) {
    CompletableFuture<Link> room = target.room(link);
    var unusedStop = result.whenComplete((channel, error) -> room.cancel(false));
    var unused =
        room.whenComplete(
            (found, error) -> {
              if (error == null) {
                open(found, way, result);
              } else {
                result.completeExceptionally(new TransportException(Failure.of(error)));
              }
            });
  }

  private <T> void open(Link on, Way<T> way, CompletableFuture<T> result) {
    CompletableFuture<T> opened = way.open(on);
    var unusedStop =
        result.whenComplete(
            (channel, error) ->
                opened.completeExceptionally(new TimeoutException("nobody waits any more")));
    var unused =
        opened.whenComplete(
            (channel, error) -> {
              if (error == null) {
                hand(on, way, channel, result);
              } else if (unwrap(error) instanceof Link.FullException) {
                tryElsewhere(on, way, result);
              } else {
                target.endRoom(on);
                result.completeExceptionally(new TransportException(Failure.of(error)));
              }
            });
  }

  private <T> void hand(Link on, Way<T> way, T channel, CompletableFuture<T> result) {
    way.whenClosed(channel, () -> target.endRoom(on));
    if (!result.complete(channel)) {
      way.abandon(channel);
    }
  }

  private <T> void tryElsewhere(Link on, Way<T> way, CompletableFuture<T> result) {
    if (target.refused(on)) {
      result.completeExceptionally(
          new TransportException(
              Kind.OVERLOADED,
              "the target refuses to open another channel",
              "see MaxSessions in its sshd_config, and whether the account may run commands"));
    } else if (!result.isDone()) {
      attempt(way, result);
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
