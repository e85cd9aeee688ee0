package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.StreamingChannel.Streaming;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;

/**
 * A way through a jump host: a direct-tcpip channel behind a port on the loopback interface. The
 * channel is opened first, so that a failure behind the jump host is told apart from one on this
 * side; then exactly one connection is accepted, and the port is closed.
 *
 * <p>(The library's own port forwarding listens as long as the jump host's connection lasts, and
 * does not report why a channel could not be opened.)
 */
final class Tunnel {

  private static final int BUFFER_BYTES = 64 * 1024;

  private final ChannelDirectTcpip channel;
  private final AsynchronousServerSocketChannel door;
  private final InetSocketAddress entrance;
  private volatile AsynchronousSocketChannel socket;

  private Tunnel(ChannelDirectTcpip channel) throws IOException {
    this.channel = channel;
    this.door =
        AsynchronousServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    this.entrance = (InetSocketAddress) door.getLocalAddress();
    channel.addCloseFutureListener(closed -> close());
    door.accept(
        null,
        then(
            accepted -> {
              socket = accepted;
              closeQuietly(door);
              accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
              sendFromSocket(new byte[BUFFER_BYTES]);
              sendFromChannel(new ByteArrayBuffer(new byte[BUFFER_BYTES], 0, 0));
            }));
  }

  /** Opens the way; fails with a {@link TransportException} that tells what the jump host said. */
  static CompletableFuture<Tunnel> open(ClientSession jump, Hop to) {
    var opened = new CompletableFuture<Tunnel>();
    try {
      var channel =
          jump.createDirectTcpipChannel(
              new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress(to.host(), to.port()));
      channel.setStreaming(Streaming.Async);
      channel
          .open()
          .addListener(
              future -> {
                try {
                  if (!future.isOpened()) {
                    opened.completeExceptionally(refused(to, future.getException()));
                  } else {
                    var tunnel = new Tunnel(channel);
                    if (!opened.complete(tunnel)) {
                      tunnel.close();
                    }
                  }
                } catch (IOException e) {
                  channel.close(true);
                  opened.completeExceptionally(e);
                }
              });
    } catch (IOException | RuntimeException e) {
      opened.completeExceptionally(refused(to, e));
    }
    return opened;
  }

  private static TransportException refused(Hop to, Throwable error) {
    if (error instanceof SshChannelOpenException refusal) {
      return new TransportException(
          Kind.REFUSED,
          "the jump host could not connect to " + to.place() + ": " + Witness.plain(refusal),
          "see that the jump host reaches the target, and that it allows forwarding (AllowTcpForwarding)");
    }
    return new TransportException(
        new Failure(Kind.LINK_LOST, "the connection to the jump host was lost", "try again"));
  }

  /** Where to connect to. */
  InetSocketAddress entrance() {
    return entrance;
  }

  void close() {
    closeQuietly(door);
    if (socket != null) {
      closeQuietly(socket);
    }
    channel.close(false);
  }

  private void sendFromSocket(byte[] buffer) {
    socket.read(
        ByteBuffer.wrap(buffer),
        null,
        then(
            length -> {
              if (length < 0) {
                close();
                return;
              }
              channel
                  .getAsyncIn()
                  .writeBuffer(new ByteArrayBuffer(buffer, 0, length))
                  .addListener(
                      written -> {
                        if (written.isWritten()) {
                          sendFromSocket(buffer);
                        } else {
                          close();
                        }
                      });
            }));
  }

  private void sendFromChannel(ByteArrayBuffer buffer) {
    channel
        .getAsyncOut()
        .read(buffer.clear())
        .addListener(
            done -> {
              if (done.getRead() <= 0) {
                close();
              } else {
                drain(ByteBuffer.wrap(buffer.array(), 0, done.getRead()), buffer);
              }
            });
  }

  private void drain(ByteBuffer bytes, ByteArrayBuffer buffer) {
    socket.write(
        bytes,
        null,
        then(
            length -> {
              if (bytes.hasRemaining()) {
                drain(bytes, buffer);
              } else {
                sendFromChannel(buffer);
              }
            }));
  }

  private interface Step<T> {
    void take(T value) throws IOException;
  }

  /** An error anywhere ends the tunnel. */
  private <T> CompletionHandler<T, Void> then(Step<T> step) {
    return new CompletionHandler<>() {
      @Override
      public void completed(T value, Void nothing) {
        try {
          step.take(value);
        } catch (IOException | RuntimeException e) {
          close();
        }
      }

      @Override
      public void failed(Throwable error, Void nothing) {
        if (!(error instanceof AsynchronousCloseException && socket != null)) {
          close();
        }
      }
    };
  }

  private static void closeQuietly(java.nio.channels.Channel channel) {
    try {
      channel.close();
    } catch (IOException alreadyBroken) {
      return;
    }
  }
}
