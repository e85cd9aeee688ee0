package dev.holdfast.transport;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

/**
 * What went wrong between a node and a target: a kind for programs, a cause for people, and one
 * line of advice.
 *
 * <p>The kind alone decides what is tried next, see {@link Next}.
 *
 * @param kind what sort of failure it is
 * @param cause what happened, in plain words, with no secret in it
 * @param advice what the reader can do about it, one line
 */
public record Failure(Kind kind, String cause, String advice) {

  /**
   * Reads the failure from what a stage of a transport failed with, however it is wrapped. What is
   * no {@link TransportException} is an error of ours, and is said to be one.
   */
  public static Failure of(Throwable error) {
    Throwable cause = error;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof TransportException failed) {
      return failed.failure();
    }
    if (cause instanceof CancellationException || cause instanceof RejectedExecutionException) {
      return new Failure(Kind.LINK_LOST, "the transport is being closed", "connect again");
    }
    return new Failure(
        Kind.PROTOCOL,
        "an unexpected error: " + cause.getClass().getSimpleName(),
        "see the node's log");
  }

  /** What to do after a failed attempt. */
  public enum Next {
    /**
     * Never retried: the same attempt would fail in the same way until somebody changes something.
     */
    GIVE_UP,
    /** Retried for a session that exists; a session that is being opened fails at once. */
    RETRY_IF_OPEN,
    /** Retried in any case, with backoff: the target was there but had no room. */
    RETRY
  }

  /** The sorts of failure. Their names are part of the public contract (lower case, hyphens). */
  public enum Kind {
    /** The URL or the configuration for it cannot be used. */
    BAD_TARGET(Next.GIVE_UP),
    /** The host name has no address. */
    UNRESOLVED(Next.RETRY_IF_OPEN),
    /** The host refused the connection or there is no route to it. */
    REFUSED(Next.RETRY_IF_OPEN),
    /** The host did not answer within the deadline. */
    TIMED_OUT(Next.RETRY_IF_OPEN),
    /**
     * The host closed the connection before or during sign-in, or has no room for another channel.
     */
    OVERLOADED(Next.RETRY),
    /** The host accepted none of our credentials. */
    AUTH_REFUSED(Next.GIVE_UP),
    /** A credential could not be used at all: file missing, unreadable, passphrase wrong. */
    CREDENTIAL(Next.GIVE_UP),
    /** The host key is not in known_hosts. */
    HOST_KEY_UNKNOWN(Next.GIVE_UP),
    /** The host key is another one than known_hosts says; both fingerprints are in the cause. */
    HOST_KEY_MISMATCH(Next.GIVE_UP),
    /** The host key or its certificate is revoked. */
    HOST_KEY_REVOKED(Next.GIVE_UP),
    /** The link was up and is gone. */
    LINK_LOST(Next.RETRY_IF_OPEN),
    /** The target cannot keep a session: no setsid, no such shell, an unsafe spool directory. */
    TARGET_UNFIT(Next.GIVE_UP),
    /** The start-up script of the session's profile did not succeed. */
    START_FAILED(Next.GIVE_UP),
    /** The account may not become the profile's user, or would have to give a password. */
    SUDO_REFUSED(Next.GIVE_UP),
    /** The target has no space left for the session's spool. */
    NO_SPACE(Next.RETRY_IF_OPEN),
    /** The target said something that the protocol does not know. */
    PROTOCOL(Next.RETRY_IF_OPEN),
    /** The target offers no SFTP. */
    NO_SFTP(Next.GIVE_UP),
    /** There is no such file or directory. */
    NO_SUCH_FILE(Next.GIVE_UP),
    /** The account may not do this with the file. */
    NO_PERMISSION(Next.GIVE_UP),
    /** Something stands there already. */
    FILE_EXISTS(Next.GIVE_UP),
    /** A directory is where a file is wanted. */
    IS_DIRECTORY(Next.GIVE_UP),
    /** Something else is where a directory is wanted. */
    NOT_DIRECTORY(Next.GIVE_UP),
    /** It is no file, directory or link, but a device, a pipe or a socket. */
    SPECIAL_FILE(Next.GIVE_UP),
    /** A name that could lead elsewhere, or steer a terminal. */
    UNSAFE_NAME(Next.GIVE_UP),
    /** A symbolic link on the way would lead a write outside of its destination. */
    UNSAFE_LINK(Next.GIVE_UP),
    /** A directory has more entries than are listed. */
    TOO_MANY_FILES(Next.GIVE_UP),
    /** What was written of a file so far is not there any more. */
    PART_LOST(Next.GIVE_UP),
    /** The content that arrived is not the content that was sent. */
    CHECKSUM_MISMATCH(Next.GIVE_UP),
    /** The target could not do it, and does not say why. */
    FILE_FAILED(Next.GIVE_UP);

    private final Next next;

    Kind(Next next) {
      this.next = next;
    }

    /** What to try after a failure of this kind. */
    public Next next() {
      return next;
    }
  }
}
