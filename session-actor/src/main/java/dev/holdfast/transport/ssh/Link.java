package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.session.ConnectionService;

/**
 * One signed-in connection. Its counters belong to the {@link SharedTarget} that holds it, and are
 * touched only under that one's lock.
 */
final class Link {

  /** The target has no room for another channel on this connection. */
  static final class FullException extends Exception {
    FullException(Throwable cause) {
      super("no room for another channel", cause, false, false);
    }
  }

  final CompletableFuture<Failure> gone = new CompletableFuture<>();
  int leases;
  int channels;
  int limit;

  private final ClientSession session;
  private final Set<Consumer<Failure>> watchers = ConcurrentHashMap.newKeySet();

  Link(ClientSession session, Witness witness) {
    this.session = session;
    session.addCloseFutureListener(closed -> end(witness.lossOfLink()));
  }

  private void end(Failure failure) {
    gone.complete(failure);
    watchers.forEach(watcher -> watcher.accept(failure));
  }

  /** Tells the watcher, perhaps more than once, when the connection is gone. */
  void watch(Consumer<Failure> watcher) {
    watchers.add(watcher);
    if (gone.isDone()) {
      watcher.accept(gone.join());
    }
  }

  void unwatch(Consumer<Failure> watcher) {
    watchers.remove(watcher);
  }

  /** Opens a channel; fails with {@link FullException} or {@link TransportException}. */
  CompletableFuture<ExecChannel> open(String command) {
    var opened = new CompletableFuture<ExecChannel>();
    var channel = new ExecChannel(command);
    try {
      session.getService(ConnectionService.class).registerChannel(channel);
      channel
          .open()
          .addListener(
              future -> {
                if (future.isOpened()) {
                  if (!opened.complete(channel)) {
                    channel.abandon();
                  }
                } else if (future.getException() instanceof SshChannelOpenException refused) {
                  opened.completeExceptionally(new FullException(refused));
                } else {
                  opened.completeExceptionally(lost());
                }
              });
      // A session that closes meanwhile does not answer the request for a channel.
      Consumer<Failure> watcher = failure -> opened.completeExceptionally(lost());
      watch(watcher);
      var unused = opened.whenComplete((done, error) -> unwatch(watcher));
    } catch (IOException | RuntimeException e) {
      opened.completeExceptionally(lost());
    }
    return opened;
  }

  /**
   * Opens the target's files, on a thread that may wait; fails with {@link FullException} or {@link
   * TransportException}.
   */
  CompletableFuture<SftpClient3> openFiles(Executor waiting) {
    var opened = new CompletableFuture<SftpClient3>();
    try {
      waiting.execute(
          () -> {
            try {
              var client = new SftpClient3(session);
              if (!opened.complete(client)) {
                client.abandon();
              }
            } catch (IOException | RuntimeException e) {
              opened.completeExceptionally(withoutFiles(e));
            }
          });
    } catch (RejectedExecutionException closing) {
      opened.completeExceptionally(lost());
    }
    return opened;
  }

  private Exception withoutFiles(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SshChannelOpenException) {
        return new FullException(cause);
      }
    }
    return session.isClosing() || session.isClosed()
        ? lost()
        : new TransportException(
            Kind.NO_SFTP,
            "the target offers no SFTP to this account",
            "see 'Subsystem sftp' in its sshd_config");
  }

  private TransportException lost() {
    return new TransportException(
        gone.getNow(
            new Failure(Kind.LINK_LOST, "the connection is being closed", "connect again")));
  }

  /** Opens a way through this host to another one. */
  CompletableFuture<Tunnel> tunnel(Hop to) {
    return Tunnel.open(session, to);
  }

  void close() {
    session.close(true);
  }

  void closeGracefully() {
    session.close(false);
  }
}
