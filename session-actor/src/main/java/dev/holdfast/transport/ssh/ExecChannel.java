package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.common.channel.StreamingChannel.Streaming;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * An exec channel whose output goes to two {@link Inbox}es instead of the library's streams, so
 * that the window opens only as bytes are taken, and no byte is copied more than once.
 */
final class ExecChannel extends ChannelExec {

  private static final Map<String, Integer> SIGNALS =
      Map.ofEntries(
          Map.entry("HUP", 1),
          Map.entry("INT", 2),
          Map.entry("QUIT", 3),
          Map.entry("ILL", 4),
          Map.entry("TRAP", 5),
          Map.entry("ABRT", 6),
          Map.entry("BUS", 7),
          Map.entry("FPE", 8),
          Map.entry("KILL", 9),
          Map.entry("USR1", 10),
          Map.entry("SEGV", 11),
          Map.entry("USR2", 12),
          Map.entry("PIPE", 13),
          Map.entry("ALRM", 14),
          Map.entry("TERM", 15));
  private static final int UNKNOWN_SIGNAL = 127;

  final Inbox output = new Inbox(this::reopenWindow);
  final Inbox errors = new Inbox(this::reopenWindow);
  final CompletableFuture<Integer> ended = new CompletableFuture<>();

  ExecChannel(String command) {
    super(command, null, Map.of());
    setStreaming(Streaming.Async);
    addCloseFutureListener(closed -> finish());
  }

  CompletableFuture<Void> send(ByteBuffer bytes) {
    var sent = new CompletableFuture<Void>();
    if (!bytes.hasRemaining()) {
      sent.complete(null);
      return sent;
    }
    try {
      IoWriteFuture written = asyncIn.writeBuffer(wrap(bytes));
      written.addListener(
          done -> {
            if (done.isWritten()) {
              bytes.position(bytes.limit());
              sent.complete(null);
            } else {
              sent.completeExceptionally(notRead());
            }
          });
    } catch (IOException | RuntimeException e) {
      sent.completeExceptionally(notRead());
    }
    return sent;
  }

  private static Buffer wrap(ByteBuffer bytes) {
    if (bytes.hasArray()) {
      return new ByteArrayBuffer(
          bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return new ByteArrayBuffer(copy);
  }

  private static TransportException notRead() {
    return new TransportException(
        Kind.LINK_LOST,
        "the command no longer reads its input, or the channel was closed",
        "see how the command ended");
  }

  void endInput() {
    asyncIn.close(false);
  }

  /** Ends the channel at once on this side; the far side is told, and sees its streams end. */
  void abandon() {
    output.drop();
    errors.drop();
    ended.completeExceptionally(
        new TransportException(
            Kind.LINK_LOST,
            "the channel was closed before the command had ended",
            "ask the target what became of the command"));
    letGoOfInput();
    close(false);
  }

  /** A write that waits for the window would keep the channel from ever closing. */
  private void letGoOfInput() {
    if (asyncIn != null) {
      asyncIn.close(true);
    }
  }

  private void reopenWindow(int bytes) {
    try {
      if (!isClosing()) {
        getLocalWindow().release(bytes);
      }
    } catch (IOException | RuntimeException closing) {
      log.debug("window of a channel that is closing: {}", closing.toString());
    }
  }

  @Override
  protected void doWriteData(byte[] data, int offset, long length) {
    if (!isClosing()) {
      output.add(Arrays.copyOfRange(data, offset, offset + (int) length));
    }
  }

  @Override
  protected void doWriteExtendedData(byte[] data, int offset, long length) {
    if (!isClosing()) {
      errors.add(Arrays.copyOfRange(data, offset, offset + (int) length));
    }
  }

  @Override
  public void handleRequest(Buffer buffer) throws IOException {
    super.handleRequest(buffer);
    noteExit();
  }

  @Override
  public void handleEof() throws IOException {
    super.handleEof();
    output.end();
    errors.end();
  }

  @Override
  public void handleClose() throws IOException {
    letGoOfInput();
    super.handleClose();
  }

  private void noteExit() {
    if (getExitStatus() != null) {
      ended.complete(getExitStatus());
    } else if (getExitSignal() != null) {
      ended.complete(128 + SIGNALS.getOrDefault(getExitSignal(), UNKNOWN_SIGNAL));
    }
  }

  private void finish() {
    noteExit();
    ended.completeExceptionally(
        new TransportException(
            Kind.LINK_LOST,
            "the channel ended without an exit status",
            "ask the target what became of the command"));
    output.end();
    errors.end();
  }
}
