package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.TransportException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The connections to the end of one {@link Route}, shared by all who borrow them.
 *
 * <p>A borrower leases the connection with the fewest leases. A channel is opened on the borrower's
 * own connection while that has room, else on another one, else on a further connection that is
 * opened for it: how many sessions a target may carry is not bounded by its {@code MaxSessions}. A
 * connection without leases and channels is closed after the linger time.
 */
final class SharedTarget {

  private enum Wish {
    LEASE,
    CHANNEL
  }

  private record Wait(Wish wish, CompletableFuture<Link> granted) {}

  private final Supplier<SignIn> signIns;
  private final Consumer<SharedTarget> forget;
  private final SshSettings settings;
  private final ScheduledExecutorService timers;
  private final List<Link> links = new ArrayList<>();
  private final List<SignIn> opening = new ArrayList<>();
  private final Deque<Wait> waits = new ArrayDeque<>();
  private int limit;

  /**
   * Holds no connection yet.
   *
   * @param signIns makes a sign-in to the end of the route
   * @param forget told when nothing of it is in use any more; it works on all the same
   */
  SharedTarget(
      Supplier<SignIn> signIns,
      Consumer<SharedTarget> forget,
      SshSettings settings,
      ScheduledExecutorService timers) {
    this.signIns = signIns;
    this.forget = forget;
    this.settings = settings;
    this.timers = timers;
    this.limit = settings.maxChannels();
  }

  /** Grants a lease on some connection; {@link #endLease} gives it back. */
  CompletableFuture<Link> lease() {
    return grant(new Wait(Wish.LEASE, new CompletableFuture<>()), null);
  }

  /** Grants room for one channel, on the preferred connection if it has some. */
  CompletableFuture<Link> room(Link preferred) {
    return grant(new Wait(Wish.CHANNEL, new CompletableFuture<>()), preferred);
  }

  private CompletableFuture<Link> grant(Wait wait, Link preferred) {
    Optional<Link> link;
    List<SignIn> begun = List.of();
    synchronized (this) {
      link = take(wait.wish(), preferred);
      if (link.isEmpty()) {
        waits.add(wait);
        begun = openMore();
      }
    }
    link.ifPresent(found -> hand(wait, found));
    begun.forEach(this::begin);
    return wait.granted();
  }

  private Optional<Link> take(Wish wish, Link preferred) {
    Optional<Link> link =
        wish == Wish.CHANNEL && preferred != null && preferred.channels < preferred.limit
            ? Optional.of(preferred)
            : links.stream()
                .filter(l -> wish == Wish.LEASE ? l.leases < l.limit : l.channels < l.limit)
                .min(Comparator.comparingInt(l -> wish == Wish.LEASE ? l.leases : l.channels));
    link.ifPresent(l -> count(wish, l, 1));
    return link;
  }

  private static void count(Wish wish, Link link, int change) {
    if (wish == Wish.LEASE) {
      link.leases += change;
    } else {
      link.channels += change;
    }
  }

  /** As many connections as those who wait will fill, within the bound for one target. */
  private List<SignIn> openMore() {
    int wanted = (waits.size() + limit - 1) / limit;
    var begun = new ArrayList<SignIn>();
    while (opening.size() < Math.min(wanted, settings.connectsPerTarget())) {
      SignIn signIn = signIns.get();
      opening.add(signIn);
      begun.add(signIn);
    }
    return begun;
  }

  private void begin(SignIn signIn) {
    var unused =
        signIn
            .start()
            .whenComplete(
                (link, error) -> {
                  if (error == null) {
                    opened(signIn, link);
                  } else {
                    failed(signIn, Failure.of(error));
                  }
                });
  }

  private void opened(SignIn signIn, Link link) {
    synchronized (this) {
      opening.remove(signIn);
      link.limit = limit;
      links.add(link);
    }
    var unused = link.gone.thenRun(() -> remove(link));
    serve();
    lingerIfIdle(link);
  }

  private void failed(SignIn signIn, Failure failure) {
    List<Wait> hopeless = List.of();
    synchronized (this) {
      opening.remove(signIn);
      if (opening.isEmpty()) {
        hopeless = List.copyOf(waits);
        waits.clear();
      }
    }
    var error = new TransportException(failure);
    hopeless.forEach(wait -> wait.granted().completeExceptionally(error));
    forgetIfUnused();
  }

  private void remove(Link link) {
    List<SignIn> begun;
    synchronized (this) {
      links.remove(link);
      begun = openMore();
    }
    begun.forEach(this::begin);
    forgetIfUnused();
  }

  private void forgetIfUnused() {
    if (unused()) {
      forget.accept(this);
    }
  }

  /** Hands free room to those who wait, in their order. */
  private void serve() {
    while (true) {
      Wait wait;
      Optional<Link> link;
      synchronized (this) {
        waits.removeIf(w -> w.granted().isDone());
        wait = waits.peek();
        link = wait == null ? Optional.empty() : take(wait.wish(), null);
        if (link.isEmpty()) {
          break;
        }
        waits.remove();
      }
      hand(wait, link.get());
    }
    List<SignIn> begun;
    synchronized (this) {
      begun = openMore();
    }
    begun.forEach(this::begin);
  }

  private void hand(Wait wait, Link link) {
    if (!wait.granted().complete(link)) {
      giveBack(wait.wish(), link);
    }
  }

  void endLease(Link link) {
    giveBack(Wish.LEASE, link);
  }

  void endRoom(Link link) {
    giveBack(Wish.CHANNEL, link);
  }

  private void giveBack(Wish wish, Link link) {
    synchronized (this) {
      count(wish, link, -1);
    }
    serve();
    lingerIfIdle(link);
  }

  /**
   * The target refused a channel on this connection: fewer fit than was thought, on this one and on
   * those to come.
   *
   * @return whether the connection carried no other channel, so that another try is useless
   */
  boolean refused(Link link) {
    boolean alone;
    synchronized (this) {
      alone = link.channels <= 1;
      link.limit = Math.max(1, Math.min(link.limit, link.channels - 1));
      limit = Math.min(limit, link.limit);
    }
    endRoom(link);
    return alone;
  }

  private void lingerIfIdle(Link link) {
    if (isIdle(link)) {
      Duration linger = settings.linger();
      try {
        var unused =
            timers.schedule(() -> closeIfIdle(link), linger.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException closing) {
        link.close();
      }
    }
  }

  private synchronized boolean isIdle(Link link) {
    return link.leases == 0 && link.channels == 0;
  }

  private void closeIfIdle(Link link) {
    boolean close;
    synchronized (this) {
      close = isIdle(link) && links.remove(link);
    }
    if (close) {
      forgetIfUnused();
      link.closeGracefully();
    }
  }

  private synchronized boolean unused() {
    return links.isEmpty() && opening.isEmpty() && waits.isEmpty();
  }

  /** What a sign-in is waiting for, for people; empty when none is in progress. */
  synchronized Optional<String> progress() {
    return opening.stream().findFirst().map(SignIn::progress);
  }
}
