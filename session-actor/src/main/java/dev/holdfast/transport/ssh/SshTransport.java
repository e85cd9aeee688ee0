package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Deadlines;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.Transport;
import dev.holdfast.transport.TransportException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.client.SshClient;

/**
 * {@code ssh://}, by Apache MINA SSHD: one client, a handful of threads and one connection per
 * target and user, whatever the number of sessions. No program is run, so no part of a target can
 * become an option of one.
 *
 * <ul>
 *   <li>{@link Routes} reads target, ssh configuration and settings into a {@link Route}.
 *   <li>{@link SharedTarget} holds the connections to the end of a route and lends them out.
 *   <li>{@link SignIn} makes a new connection, step by step; {@link Witness} says why it failed.
 *   <li>{@link HostKeys} judges the host's key, {@link Credentials} are what we offer.
 *   <li>{@link ExecChannel} carries a command's streams.
 * </ul>
 *
 * <p>Stages complete on the library's I/O threads: what continues them must not block.
 */
public final class SshTransport implements Transport {

  private static final Failure CLOSED =
      new Failure(Kind.LINK_LOST, "the transport is closed", "open another one");

  private final Routes routes;
  private final SshClient client;
  private final Workshop shop;
  private final Map<Route, SharedTarget> targets = new ConcurrentHashMap<>();
  private volatile boolean closed;

  public SshTransport(SshSettings settings) {
    this.routes = new Routes(settings);
    this.client = Clients.configured(settings);
    this.shop = new Workshop(settings, client, this::borrow);
    Clients.start(client, shop);
  }

  @Override
  public String scheme() {
    return "ssh";
  }

  @Override
  public CompletionStage<Connection> connect(Target target, Duration deadline) {
    if (closed) {
      return CompletableFuture.failedFuture(new TransportException(CLOSED));
    }
    if (!target.scheme().equals(scheme())) {
      return CompletableFuture.failedFuture(
          new TransportException(Kind.BAD_TARGET, target + " is no SSH target", "use ssh://"));
    }
    var reached = new CompletableFuture<SharedTarget>();
    CompletableFuture<Connection> lease =
        shop.onWorker(() -> routes.to(target))
            .thenCompose(
                route -> {
                  reached.complete(targetAt(route));
                  return borrow(route);
                })
            .thenApply(connection -> connection);
    return Deadlines.within(lease, deadline, () -> late(target, deadline, reached));
  }

  private static Failure late(
      Target target, Duration deadline, CompletableFuture<SharedTarget> reached) {
    String doing =
        reached.isDone() ? reached.join().progress().orElse("connecting") : "reading files";
    return new Failure(
        Kind.TIMED_OUT,
        target + " timed out after " + deadline.toMillis() + " ms, while " + doing,
        "see whether the host is up and answers on this port");
  }

  private SharedTarget targetAt(Route route) {
    return targets.computeIfAbsent(
        route,
        r ->
            new SharedTarget(
                () -> new SignIn(r, shop),
                unused -> targets.remove(r, unused),
                shop.settings(),
                shop.timers()));
  }

  private CompletableFuture<Lease> borrow(Route route) {
    SharedTarget target = targetAt(route);
    return target.lease().thenApply(link -> new Lease(target, link, shop.waiting()));
  }

  @Override
  public void close() {
    closed = true;
    client.close(true);
    shop.close();
  }
}
