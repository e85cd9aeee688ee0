package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;

/**
 * What was seen of one connection, and what it means. The library tells the cause of a failure in
 * several places, of which the last is the least telling; the first one counts here.
 */
final class Witness {

  private final Hop hop;
  private final AtomicReference<Failure> verdict = new AtomicReference<>();
  private final AtomicReference<String> goodbye = new AtomicReference<>();
  private final AtomicReference<Throwable> error = new AtomicReference<>();
  private final AtomicReference<String> notSsh = new AtomicReference<>();

  Witness(Hop hop) {
    this.hop = hop;
  }

  /** What decides the outcome, whatever is reported later. */
  void verdict(Failure failure) {
    verdict.compareAndSet(null, failure);
  }

  /** The host said goodbye, for this reason. */
  void goodbye(int code, String message) {
    goodbye.compareAndSet(
        null, message == null || message.isBlank() ? "code " + code : clean(message));
  }

  void error(Throwable seen) {
    error.compareAndSet(null, seen);
  }

  /** The host sent a line that is no SSH greeting. */
  void strayLine(String line) {
    notSsh.compareAndSet(null, clean(line));
  }

  /**
   * Why a sign-in failed.
   *
   * @param thrown what the step that failed has thrown
   * @param authenticating whether keys had been exchanged
   */
  Failure why(Throwable thrown, boolean authenticating, Credentials credentials) {
    if (verdict.get() != null) {
      return verdict.get();
    }
    Throwable cause = root(thrown);
    if (cause instanceof TransportException known) {
      return known.failure();
    }
    if (cause instanceof UnknownHostException) {
      return new Failure(
          Kind.UNRESOLVED,
          "the host name " + hop.host() + " has no address",
          "check the spelling, and the name service of the node");
    }
    if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
      return unreachable(cause);
    }
    if (authenticating) {
      return duringAuthentication(cause, credentials);
    }
    return beforeAuthentication(cause);
  }

  private Failure unreachable(Throwable cause) {
    String message = plain(cause).toLowerCase(Locale.ROOT);
    if (message.contains("time-out") || message.contains("timed out")) {
      return new Failure(
          Kind.TIMED_OUT,
          hop.place() + " did not answer",
          "see whether the host is up and answers on this port");
    }
    return new Failure(
        Kind.REFUSED,
        hop.place() + " cannot be connected to: " + plain(cause),
        "see whether sshd runs on the host, and listens on this port");
  }

  private Failure beforeAuthentication(Throwable thrown) {
    Throwable cause = error.get() == null ? thrown : error.get();
    if (isKeyExchangeFailure(cause)) {
      return new Failure(
          Kind.PROTOCOL,
          hop.place() + " and this node do not agree on how to encrypt: " + plain(cause),
          "see holdfast.ssh.kex, and the algorithms that the host offers");
    }
    if (notSsh.get() != null && !isRefusalLine(notSsh.get())) {
      return new Failure(
          Kind.PROTOCOL,
          hop.place() + " does not speak SSH; it says: " + notSsh.get(),
          "check the port");
    }
    String words = notSsh.get() == null ? "" : ": " + notSsh.get();
    return new Failure(
        Kind.OVERLOADED,
        hop.place() + " closed the connection before sign-in" + words,
        "it may be overloaded (MaxStartups in its sshd_config), or refuse this node's address");
  }

  private static boolean isRefusalLine(String line) {
    return line.contains("MaxStartups") || line.startsWith("Not allowed");
  }

  private static boolean isKeyExchangeFailure(Throwable cause) {
    if (!(cause instanceof SshException failed)) {
      return false;
    }
    return failed.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_KEY_EXCHANGE_FAILED
        || failed.getDisconnectCode() == SshConstants.SSH2_DISCONNECT_PROTOCOL_VERSION_NOT_SUPPORTED
        || plain(failed).startsWith("Unable to negotiate");
  }

  private Failure duringAuthentication(Throwable cause, Credentials credentials) {
    boolean exhausted =
        cause instanceof SshException failed
            && failed.getDisconnectCode()
                == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE;
    String words = lastWords(cause);
    if (!exhausted && !words.toLowerCase(Locale.ROOT).contains("authentication failures")) {
      return new Failure(
          Kind.OVERLOADED,
          hop.place()
              + " closed the connection during sign-in"
              + (words.isEmpty() ? "" : ": " + words),
          "it may be overloaded; else see its log");
    }
    if (!credentials.problems().isEmpty()) {
      return new Failure(
          Kind.CREDENTIAL,
          hop.place()
              + " accepted nothing that could be offered, and: "
              + String.join("; ", credentials.problems()),
          "repair this credential first");
    }
    return new Failure(
        Kind.AUTH_REFUSED,
        hop.place() + " accepted none of our credentials for the user " + hop.user(),
        words.isEmpty()
            ? "see authorized_keys of that account, and the host's log"
            : "it says '" + words + "': offer fewer keys (IdentityFile and IdentitiesOnly)");
  }

  /** The library tells of a goodbye only after it has failed the authentication because of it. */
  private String lastWords(Throwable cause) {
    if (goodbye.get() != null) {
      return goodbye.get();
    }
    return cause instanceof SshException failed && failed.getDisconnectCode() > 0
        ? plain(failed)
        : "";
  }

  /** Why a connection that was up is gone. */
  Failure lossOfLink() {
    Throwable seen = error.get();
    String cause = "the connection to " + hop.place() + " was closed";
    if (seen != null && plain(seen).contains("heartbeat")) {
      cause = hop.place() + " gave no sign of life any more";
    } else if (goodbye.get() != null) {
      cause = hop.place() + " closed the connection: " + goodbye.get();
    } else if (seen != null) {
      cause = "the connection to " + hop.place() + " broke: " + plain(seen);
    }
    return new Failure(Kind.LINK_LOST, cause, "it is tried again when it is needed");
  }

  private static Throwable root(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null
        && cause.getCause() != cause
        && !(cause instanceof TransportException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** The message of an error, one line, of bounded length. */
  static String plain(Throwable error) {
    String message = error.getMessage();
    return message == null ? error.getClass().getSimpleName() : clean(message);
  }

  private static String clean(String text) {
    String line = text.strip().replaceAll("\\p{Cntrl}+", " ");
    return line.length() > 160 ? line.substring(0, 160) + "..." : line;
  }
}
