package dev.holdfast.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of {@code holdfast}, with streams that can be looked at while it runs. */
public final class CommandLineRun {

  private static final long DEADLINE_SECONDS = 60;

  /** Half an hour after the time of the {@link LittleServer} began. */
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_800_001_800L), ZoneOffset.UTC);

  private final Map<String, String> env = new HashMap<>();
  private final Watched out = new Watched();
  private final Watched err = new Watched();
  private InputStream in = new ByteArrayInputStream(new byte[0]);
  private boolean terminal;
  private int width = 80;
  private CompletableFuture<Integer> code;

  /** A run that finds the node of this data directory. */
  public static CommandLineRun with(Path dataDirectory) {
    return new CommandLineRun().env("HOLDFAST_DATA_DIR", dataDirectory.toString());
  }

  public CommandLineRun env(String name, String value) {
    env.put(name, value);
    return this;
  }

  /** Lets somebody look at it, on a terminal of so many columns. */
  public CommandLineRun onTerminal(int columns) {
    terminal = true;
    width = columns;
    return this;
  }

  public CommandLineRun input(byte[] bytes) {
    in = new ByteArrayInputStream(bytes);
    return this;
  }

  public CommandLineRun start(String... args) {
    var around = new Surroundings(in, out, err, env, terminal, terminal, () -> width, CLOCK);
    code = new CompletableFuture<>();
    var thread =
        new Thread(
            () -> {
              try {
                code.complete(Main.run(args, around));
              } catch (RuntimeException | Error e) {
                code.completeExceptionally(e);
              }
            },
            "holdfast");
    thread.setDaemon(true);
    thread.start();
    return this;
  }

  public CommandLineRun run(String... args) {
    start(args).code();
    return this;
  }

  /** The exit code, once it has ended. */
  public int code() {
    try {
      return code.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("no exit code; out: " + out() + " err: " + err(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  public byte[] bytes() {
    return out.bytes();
  }

  public String out() {
    return new String(out.bytes(), StandardCharsets.UTF_8);
  }

  public String err() {
    return new String(err.bytes(), StandardCharsets.UTF_8);
  }

  public CommandLineRun awaitOut(String text) {
    out.await(text);
    return this;
  }

  public CommandLineRun awaitErr(String text) {
    err.await(text);
    return this;
  }

  /** A stream that wakes who waits for it. */
  private static final class Watched extends ByteArrayOutputStream {

    @Override
    public synchronized void write(int b) {
      super.write(b);
      notifyAll();
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
      super.write(bytes, from, length);
      notifyAll();
    }

    synchronized byte[] bytes() {
      return toByteArray();
    }

    synchronized void await(String text) {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
      while (!toString(StandardCharsets.UTF_8).contains(text)) {
        if (System.nanoTime() > until) {
          throw new AssertionError("no '" + text + "' in: " + toString(StandardCharsets.UTF_8));
        }
        try {
          wait(100);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError(e);
        }
      }
    }
  }
}
