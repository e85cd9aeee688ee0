package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Follow;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.HoldTerminalRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.LeaveTerminalRequest;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.Terminal;
import dev.holdfast.protocol.v1.TypeTerminalRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;

/**
 * The user's own terminal as the window of one that is beside a session, until either ends, the
 * user leaves, or somebody else takes it over.
 *
 * <p>Four threads: one shows what comes, from the offset where the last one stopped, whatever is
 * lost on the way; one reads keys; one sends them, so many at a time as have come by then, and each
 * at its own offset, so that a call that is made again types nothing twice; and one tells every few
 * seconds that we are here, and in which size.
 */
final class Attachment {

  /** A screen of the largest size, with colours, and what led to it. */
  private static final long DRAWN = 256 * 1024;

  private static final Duration CALL = Duration.ofSeconds(30);
  private static final int MOST_KEYS = 4096;
  private static final long HERE_SECONDS = 15;

  /**
   * What programs may have left behind in the user's terminal: other screen, mouse, keys, colours.
   */
  private static final String AS_BEFORE =
      "\033[?1049l\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?2004l\033[?1l\033>\033[?7h"
          + "\033[?25h\033[0m";

  private final Client client;
  private final org.jline.terminal.Terminal window;
  private final Terminal terminal;
  private final String holder = Client.key(null);
  private final boolean watch;
  private final int leaveKey;
  private final Optional<Cast> cast;
  private final CompletableFuture<Ending> ending = new CompletableFuture<>();
  private final BlockingQueue<byte[]> keys = new ArrayBlockingQueue<>(1024);
  private final BlockingQueue<Boolean> resized = new ArrayBlockingQueue<>(1);
  private final Redraw redraw;
  private long shown;

  /** Why it is over. */
  sealed interface Ending {
    /** The terminal itself has ended. */
    record Ended(Job job) implements Ending {}

    /** The user has left it. */
    record Left() implements Ending {}

    /** It goes on, without us. */
    record Lost(Failed why) implements Ending {}
  }

  /**
   * @param leaveKey the byte that leaves it; negative for none
   */
  Attachment(
      Client client,
      org.jline.terminal.Terminal window,
      Terminal terminal,
      boolean watch,
      int leaveKey,
      Optional<Cast> cast) {
    this.client = client;
    this.window = window;
    this.terminal = terminal;
    this.watch = watch;
    this.leaveKey = leaveKey;
    this.cast = cast;
    this.shown = terminal.getOutputBegin();
    this.redraw =
        new Redraw(
            terminal.getOutputBegin(),
            Math.max(terminal.getOutputBegin(), terminal.getOutputEnd() - DRAWN));
  }

  /** Takes the terminal, from another one if {@code take} says so. */
  Terminal hold(boolean take) {
    Size size = window.getSize();
    var request =
        HoldTerminalRequest.newBuilder()
            .setId(terminal.getId())
            .setHolder(holder)
            .setTake(take)
            .setColumns(Math.max(1, size.getColumns()))
            .setRows(Math.max(1, size.getRows()))
            .build();
    return client.terminals(CALL, terminals -> terminals.holdTerminal(request));
  }

  /** Shows it until it is over. */
  Ending run() {
    Attributes before = window.getAttributes();
    Runnable restore =
        () -> {
          window.setAttributes(before);
          window.writer().print(AS_BEFORE);
          window.flush();
        };
    return Interrupt.during(() -> attached(before, restore), restore);
  }

  private Ending attached(Attributes before, Runnable restore) {
    window.setAttributes(raw(before));
    window.handle(org.jline.terminal.Terminal.Signal.WINCH, signal -> resized.offer(true));
    print("\033[2J\033[H".getBytes(StandardCharsets.US_ASCII));
    begin("screen", this::show);
    begin("keys", this::read);
    if (!watch) {
      begin("typing", this::type);
      begin("here", this::stay);
    }
    try {
      return ending.join();
    } finally {
      restore.run();
      if (!watch) {
        leave();
      }
    }
  }

  private static Attributes raw(Attributes before) {
    var raw = new Attributes(before);
    raw.setInputFlags(
        EnumSet.of(
            Attributes.InputFlag.IGNBRK,
            Attributes.InputFlag.BRKINT,
            Attributes.InputFlag.PARMRK,
            Attributes.InputFlag.ISTRIP,
            Attributes.InputFlag.INLCR,
            Attributes.InputFlag.IGNCR,
            Attributes.InputFlag.ICRNL,
            Attributes.InputFlag.IXON),
        false);
    raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
    raw.setLocalFlags(
        EnumSet.of(
            Attributes.LocalFlag.ECHO,
            Attributes.LocalFlag.ECHONL,
            Attributes.LocalFlag.ICANON,
            Attributes.LocalFlag.ISIG,
            Attributes.LocalFlag.IEXTEN),
        false);
    raw.setControlChar(Attributes.ControlChar.VMIN, 1);
    raw.setControlChar(Attributes.ControlChar.VTIME, 0);
    return raw;
  }

  private void begin(String name, Runnable work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Failed failed) {
                ending.complete(new Ending.Lost(failed));
              } catch (RuntimeException bug) {
                ending.completeExceptionally(bug);
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  private void leave() {
    var request =
        LeaveTerminalRequest.newBuilder().setId(terminal.getId()).setHolder(holder).build();
    try {
      client.terminals(Duration.ofSeconds(5), terminals -> terminals.leaveTerminal(request));
    } catch (Failed away) {
      // Whoever comes next has to take it over.
    }
  }

  // ---- what it shows

  private void show() {
    Job ended =
        client.follow(
            terminal.getId(), terminal.getOutputBegin(), 0, new Screen(), Follow::untilEnd);
    ending.complete(new Ending.Ended(ended));
  }

  /** Until we are where it was when we came, the screen is drawn again; from then on it is live. */
  private final class Screen implements Sink {
    @Override
    public void take(OutputStream stream, ByteString bytes) {
      byte[] all = bytes.toByteArray();
      if (stream != OutputStream.STDOUT) {
        print(all);
        return;
      }
      int old = (int) Math.min(all.length, Math.max(0, terminal.getOutputEnd() - shown));
      shown += all.length;
      if (old > 0) {
        print(redraw.of(Arrays.copyOf(all, old)));
        if (shown >= terminal.getOutputEnd()) {
          print(redraw.rest());
        }
      }
      if (old < all.length) {
        print(Arrays.copyOfRange(all, old, all.length));
      }
    }

    @Override
    public void lost(OutputStream stream, long bytes) {
      shown += stream == OutputStream.STDOUT ? bytes : 0;
    }

    @Override
    public void end() {}
  }

  private void print(byte[] bytes) {
    try {
      window.output().write(bytes);
      window.output().flush();
      if (cast.isPresent() && bytes.length > 0) {
        cast.get().shown(bytes);
      }
    } catch (IOException e) {
      throw Failed.refused("unreadable", "the screen cannot be written: " + e.getMessage(), "");
    }
  }

  // ---- what is typed

  private void read() {
    var buffer = new byte[MOST_KEYS];
    try {
      InputStream in = window.input();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        byte[] some = Arrays.copyOf(buffer, count);
        int leave = indexOf(some, leaveKey);
        byte[] typed = leave < 0 ? some : Arrays.copyOf(some, leave);
        if (!watch && typed.length > 0) {
          keys.put(typed);
        }
        if (leave >= 0 || (watch && indexOf(some, 'q') >= 0)) {
          ending.complete(new Ending.Left());
          return;
        }
      }
      ending.complete(new Ending.Left());
    } catch (IOException gone) {
      ending.complete(new Ending.Left());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static int indexOf(byte[] bytes, int wanted) {
    for (int i = 0; i < bytes.length; i++) {
      if ((bytes[i] & 0xff) == wanted) {
        return i;
      }
    }
    return -1;
  }

  private void type() {
    long offset = terminal.getInputOffset();
    try {
      while (true) {
        var some = ByteString.newOutput();
        write(some, keys.take());
        for (byte[] more = keys.poll();
            more != null && some.size() < MOST_KEYS;
            more = keys.poll()) {
          write(some, more);
        }
        var request =
            TypeTerminalRequest.newBuilder()
                .setId(terminal.getId())
                .setHolder(holder)
                .setOffset(offset)
                .setData(some.toByteString())
                .build();
        offset = client.terminals(CALL, terminals -> terminals.typeTerminal(request)).getNext();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void write(ByteString.Output to, byte[] bytes) {
    to.write(bytes, 0, bytes.length);
  }

  /** Tells the size when it changes, and in any case now and then. */
  private void stay() {
    try {
      while (true) {
        Boolean another = resized.poll(HERE_SECONDS, TimeUnit.SECONDS);
        var unused = hold(false);
        if (another != null && cast.isPresent()) {
          cast.get().resized(window.getWidth(), window.getHeight());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw Failed.refused("unreadable", "the recording cannot be written: " + e.getMessage(), "");
    }
  }
}
