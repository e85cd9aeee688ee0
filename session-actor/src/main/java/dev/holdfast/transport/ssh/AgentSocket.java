package dev.holdfast.transport.ssh;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * An ssh-agent behind a Unix domain socket: lists keys and signs (draft-ietf-sshm-ssh-agent,
 * sections 3.5 and 3.6). Each request has a connection of its own and a deadline; both block the
 * caller.
 */
final class AgentSocket {

  private static final int FAILURE = 5;
  private static final int REQUEST_IDENTITIES = 11;
  private static final int IDENTITIES_ANSWER = 12;
  private static final int SIGN_REQUEST = 13;
  private static final int SIGN_RESPONSE = 14;
  private static final int RSA_SHA2_256 = 2;
  private static final int RSA_SHA2_512 = 4;
  private static final int LONGEST_ANSWER = 256 * 1024;

  private final Path socket;
  private final Duration deadline;

  AgentSocket(Path socket, Duration deadline) {
    this.socket = socket;
    this.deadline = deadline;
  }

  /** The keys and certificates that the agent holds, but for those of an unknown type. */
  List<PublicKey> keys() throws IOException {
    var request = new ByteArrayBuffer();
    request.putByte((byte) REQUEST_IDENTITIES);
    Buffer answer = ask(request, IDENTITIES_ANSWER);
    var keys = new ArrayList<PublicKey>();
    for (int left = answer.getInt(); left > 0; left--) {
      byte[] key = answer.getBytes();
      answer.getBytes(); // the comment
      parse(key).ifPresent(keys::add);
    }
    return keys;
  }

  private static Optional<PublicKey> parse(byte[] key) {
    try {
      return Optional.of(new ByteArrayBuffer(key).getRawPublicKey());
    } catch (SshException | RuntimeException unknownType) {
      return Optional.empty();
    }
  }

  /**
   * Signs with a key of the agent.
   *
   * @param algorithm the signature's algorithm, by its SSH name
   */
  byte[] sign(PublicKey key, String algorithm, byte[] data) throws IOException {
    var request = new ByteArrayBuffer();
    request.putByte((byte) SIGN_REQUEST);
    request.putPublicKey(key);
    request.putBytes(data);
    request.putInt(flags(algorithm));
    var signature = new ByteArrayBuffer(ask(request, SIGN_RESPONSE).getBytes());
    signature.getString(); // the algorithm
    return signature.getBytes();
  }

  private static int flags(String algorithm) {
    if (algorithm.startsWith("rsa-sha2-512")) {
      return RSA_SHA2_512;
    }
    return algorithm.startsWith("rsa-sha2-256") ? RSA_SHA2_256 : 0;
  }

  private Buffer ask(Buffer request, int expected) throws IOException {
    long end = System.nanoTime() + deadline.toNanos();
    byte[] body = request.getCompactData();
    var message = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).flip();
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        var selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      SelectionKey ready = channel.register(selector, SelectionKey.OP_WRITE);
      while (message.hasRemaining()) {
        await(selector, end);
        channel.write(message);
      }
      ready.interestOps(SelectionKey.OP_READ);
      int length = receive(channel, selector, end, 4).getInt();
      if (length < 1 || length > LONGEST_ANSWER) {
        throw new IOException("the ssh-agent at " + socket + " gave an answer that makes no sense");
      }
      byte[] answer = new byte[length];
      receive(channel, selector, end, length).get(answer);
      int type = answer[0];
      if (type != expected) {
        throw new IOException(
            "the ssh-agent at "
                + socket
                + (type == FAILURE ? " refused the request" : " gave an unexpected answer"));
      }
      return new ByteArrayBuffer(answer, 1, length - 1);
    }
  }

  private ByteBuffer receive(SocketChannel channel, Selector selector, long end, int length)
      throws IOException {
    var bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      await(selector, end);
      if (channel.read(bytes) < 0) {
        throw new EOFException("the ssh-agent at " + socket + " closed the connection");
      }
    }
    return bytes.flip();
  }

  private void await(Selector selector, long end) throws IOException {
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left <= 0 || selector.select(left) == 0) {
      throw new IOException("the ssh-agent at " + socket + " did not answer in time");
    }
    selector.selectedKeys().clear();
  }
}
