package dev.holdfast.transport.local;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Deadlines;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.Transport;
import dev.holdfast.transport.TransportException;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

/**
 * {@code local:}, the machine that the node runs on: every command is a process of the node's own
 * user, {@code sh -c COMMAND}, in the home directory.
 *
 * <p>A command inherits the node's environment, but not its secrets: every variable whose name
 * begins with {@code HOLDFAST_} is taken away, except {@code HOLDFAST_ROOT} and {@code
 * HOLDFAST_BOOT_ID_FILE}, which are meant for the target's side; so are the variables that the
 * caller names as holding secrets.
 *
 * <p>Closing a channel kills its process and nothing else: what the command has started and
 * detached lives on, as it does when an SSH channel ends.
 */
public final class LocalTransport implements Transport {

  private static final Set<String> KEPT = Set.of("HOLDFAST_ROOT", "HOLDFAST_BOOT_ID_FILE");
  private static final Failure CLOSED =
      new Failure(Kind.LINK_LOST, "the connection was given back", "borrow another one");

  private final ExecutorService threads = Threads.open();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final Set<String> secrets;

  public LocalTransport() {
    this(Set.of());
  }

  /**
   * Opens the transport.
   *
   * @param secrets names of further environment variables that no command may see
   */
  public LocalTransport(Set<String> secrets) {
    this.secrets = Set.copyOf(secrets);
  }

  @Override
  public String scheme() {
    return "local";
  }

  @Override
  public CompletionStage<Connection> connect(Target target, Duration deadline) {
    if (!target.scheme().equals(scheme())) {
      return CompletableFuture.failedFuture(
          new TransportException(Kind.BAD_TARGET, target + " is not local", "use local:"));
    }
    var link = new Link();
    links.add(link);
    return CompletableFuture.completedFuture(link);
  }

  @Override
  public void close() {
    links.forEach(Link::end);
    threads.shutdownNow();
  }

  private Process start(String command) throws IOException {
    var builder = new ProcessBuilder("sh", "-c", command);
    var home = new File(System.getProperty("user.home", "/"));
    builder.directory(home.isDirectory() ? home : new File("/"));
    clean(builder.environment());
    return builder.start();
  }

  void clean(Map<String, String> environment) {
    environment
        .keySet()
        .removeIf(
            name ->
                secrets.contains(name) || (name.startsWith("HOLDFAST_") && !KEPT.contains(name)));
  }

  private final class Link implements Connection {
    private final CompletableFuture<Failure> gone = new CompletableFuture<>();
    private final Set<LocalChannel> channels = ConcurrentHashMap.newKeySet();

    @Override
    public CompletionStage<Channel> run(String command, Duration deadline) {
      if (gone.isDone()) {
        return CompletableFuture.failedFuture(new TransportException(gone.join()));
      }
      var started = new CompletableFuture<Channel>();
      try {
        threads.execute(() -> begin(command, started));
      } catch (RejectedExecutionException closed) {
        return CompletableFuture.failedFuture(new TransportException(CLOSED));
      }
      return Deadlines.within(
          started,
          deadline,
          () ->
              new Failure(
                  Kind.TIMED_OUT,
                  "the command was not started within " + deadline.toMillis() + " ms",
                  "see how busy the machine is"));
    }

    private void begin(String command, CompletableFuture<Channel> started) {
      try {
        var channel = new LocalChannel(start(command), threads);
        channels.add(channel);
        var unused = channel.ended().whenComplete((status, error) -> channels.remove(channel));
        if (!started.complete(channel) || gone.isDone()) {
          channel.close();
        }
      } catch (IOException e) {
        started.completeExceptionally(
            new TransportException(
                Kind.TARGET_UNFIT,
                "sh could not be started: " + e.getMessage(),
                "see that sh is on the node's PATH and that the machine has room for processes"));
      }
    }

    @Override
    public CompletionStage<RemoteFiles> files(Duration deadline) {
      return gone.isDone()
          ? CompletableFuture.failedFuture(new TransportException(gone.join()))
          : CompletableFuture.completedFuture(new LocalFiles());
    }

    @Override
    public CompletionStage<Failure> gone() {
      return gone.copy();
    }

    @Override
    public void close() {
      if (gone.complete(CLOSED)) {
        links.remove(this);
      }
    }

    private void end() {
      close();
      channels.forEach(LocalChannel::close);
    }
  }
}
