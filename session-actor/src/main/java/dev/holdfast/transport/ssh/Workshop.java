package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Gate;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.sshd.client.SshClient;

/**
 * What all sign-ins of a transport share: the library's client, the gate, what has been read from
 * disk, and the threads for what blocks. Names are looked up on threads of their own, because a
 * name server that is silent holds one for many seconds.
 */
final class Workshop {

  private static final int WORKERS = 4;
  private static final int NAME_THREADS = 16;

  private final SshSettings settings;
  private final SshClient client;
  private final Function<Route, CompletableFuture<Lease>> lender;
  private final Gate gate;
  private final KnownHosts knownHosts = new KnownHosts();
  private final KeyFiles keyFiles;
  private final ScheduledThreadPoolExecutor timers;
  private final ExecutorService workers = pool(WORKERS, "holdfast-ssh-worker-");
  private final ExecutorService names = pool(NAME_THREADS, "holdfast-ssh-names-");

  /** For the opening of files, which waits for the target; they are as many as are copied. */
  private final ExecutorService waiting =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          10,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          daemons("holdfast-ssh-files-"));

  /**
   * Opens the workshop.
   *
   * @param lender where a connection to a jump host is borrowed
   */
  Workshop(
      SshSettings settings, SshClient client, Function<Route, CompletableFuture<Lease>> lender) {
    this.settings = settings;
    this.client = client;
    this.lender = lender;
    this.gate = new Gate(settings.connectsPerTarget(), settings.connectsPerNode());
    this.keyFiles = new KeyFiles(settings.passphrase());
    this.timers = new ScheduledThreadPoolExecutor(1, daemons("holdfast-ssh-timer-"));
    this.timers.setRemoveOnCancelPolicy(true);
  }

  private static ExecutorService pool(int threads, String name) {
    var pool =
        new ThreadPoolExecutor(
            threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  static ThreadFactory daemons(String name) {
    var number = new AtomicLong();
    return work -> {
      var thread = new Thread(work, name + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  SshSettings settings() {
    return settings;
  }

  SshClient client() {
    return client;
  }

  Gate gate() {
    return gate;
  }

  KnownHosts knownHosts() {
    return knownHosts;
  }

  KeyFiles keyFiles() {
    return keyFiles;
  }

  ScheduledThreadPoolExecutor timers() {
    return timers;
  }

  Executor workers() {
    return workers;
  }

  Executor waiting() {
    return waiting;
  }

  CompletableFuture<Lease> borrow(Route route) {
    return lender.apply(route);
  }

  <T> CompletableFuture<T> onWorker(Callable<T> work) {
    return on(workers, work);
  }

  <T> CompletableFuture<T> onNames(Callable<T> work) {
    return on(names, work);
  }

  private static <T> CompletableFuture<T> on(Executor threads, Callable<T> work) {
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return work.call();
            } catch (Exception e) {
              throw new CompletionException(e);
            }
          },
          threads);
    } catch (RejectedExecutionException closed) {
      return CompletableFuture.failedFuture(closed);
    }
  }

  void close() {
    timers.shutdownNow();
    workers.shutdownNow();
    names.shutdownNow();
    waiting.shutdownNow();
  }
}
