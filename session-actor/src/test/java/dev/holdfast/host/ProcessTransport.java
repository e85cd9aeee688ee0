package dev.holdfast.host;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.Transport;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A target made of local processes: a login shell of the test's choice runs each command, in an
 * environment of the test's choice. Links can be cut, and channels refused.
 */
final class ProcessTransport implements Transport {

  private final List<String> loginShell;
  private final Map<String, String> environment;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          work -> {
            var thread = new Thread(work, "process-transport");
            thread.setDaemon(true);
            return thread;
          });
  private final Set<Process> processes = ConcurrentHashMap.newKeySet();
  private volatile CompletableFuture<Failure> gone = new CompletableFuture<>();
  final AtomicInteger refusals = new AtomicInteger();
  final AtomicInteger runs = new AtomicInteger();

  ProcessTransport(List<String> loginShell, Map<String, String> environment) {
    this.loginShell = loginShell;
    this.environment = environment;
  }

  /** Breaks the link: every channel is gone at once. What was detached lives on. */
  void cut() {
    var broken = gone;
    gone = new CompletableFuture<>();
    processes.forEach(Process::destroyForcibly);
    broken.complete(new Failure(Failure.Kind.LINK_LOST, "the test cut the link", "go on"));
  }

  @Override
  public String scheme() {
    return "local";
  }

  @Override
  public CompletionStage<Connection> connect(Target target, Duration deadline) {
    var mine = gone;
    return CompletableFuture.completedFuture(
        new Connection() {
          @Override
          public CompletionStage<Channel> run(String command, Duration within) {
            return ProcessTransport.this.run(command);
          }

          @Override
          public CompletionStage<RemoteFiles> files(Duration within) {
            return CompletableFuture.failedFuture(
                new TransportException(Failure.Kind.NO_SFTP, "no files here", "-"));
          }

          @Override
          public CompletionStage<Failure> gone() {
            return mine;
          }

          @Override
          public void close() {}
        });
  }

  private CompletionStage<Channel> run(String command) {
    runs.incrementAndGet();
    if (refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      return CompletableFuture.failedFuture(
          new TransportException(Failure.Kind.OVERLOADED, "no more channels", "wait"));
    }
    var words = new ArrayList<>(loginShell);
    words.add(command);
    var builder = new ProcessBuilder(words);
    builder.environment().putAll(environment);
    return inThread(
        () -> {
          var process = builder.start();
          processes.add(process);
          var unused = process.onExit().thenAccept(processes::remove);
          return new ProcessChannel(process);
        });
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
    threads.shutdownNow();
  }

  private <T> CompletableFuture<T> inThread(Callable<T> work) {
    var result = new CompletableFuture<T>();
    threads.execute(
        () -> {
          try {
            result.complete(work.call());
          } catch (Exception e) {
            result.completeExceptionally(
                new TransportException(
                    Failure.Kind.LINK_LOST, "the process is gone: " + e.getMessage(), "see why"));
          }
        });
    return result;
  }

  private final class ProcessChannel implements Channel {
    private final Process process;

    ProcessChannel(Process process) {
      this.process = process;
    }

    @Override
    public CompletionStage<Void> write(ByteBuffer bytes) {
      return inThread(
          () -> {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            process.getOutputStream().write(copy);
            process.getOutputStream().flush();
            return null;
          });
    }

    @Override
    public void endInput() {
      var unused =
          inThread(
              () -> {
                process.getOutputStream().close();
                return null;
              });
    }

    @Override
    public CompletionStage<ByteBuffer> readOut(int max) {
      return read(process.getInputStream(), max);
    }

    @Override
    public CompletionStage<ByteBuffer> readErr(int max) {
      return read(process.getErrorStream(), max);
    }

    private CompletionStage<ByteBuffer> read(InputStream stream, int max) {
      return inThread(
          () -> {
            try {
              byte[] bytes = new byte[max];
              int n = stream.read(bytes);
              return n < 0 ? ByteBuffer.allocate(0) : ByteBuffer.wrap(bytes, 0, n);
            } catch (IOException closed) {
              return ByteBuffer.allocate(0);
            }
          });
    }

    @Override
    public CompletionStage<Integer> ended() {
      return process.onExit().thenApply(Process::exitValue);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
