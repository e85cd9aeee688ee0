package dev.holdfast.host;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;

/** What a target's refusals mean for the session: a kind, a cause, a line of advice. */
final class Refusals {

  private Refusals() {}

  /** A {@code REFUSED}, {@code NOSTART} or failed {@code put} of the host script. */
  static Failure of(String kind, String text) {
    String said = text.isBlank() ? "" : ": " + Text.shown(text);
    return switch (kind) {
      case "nosetsid" ->
          unfit(
              "the target has no setsid" + said,
              "install util-linux (or busybox) on the target, so that a shell can outlive its link");
      case "noshell" ->
          unfit(
              "the target has no such shell" + said,
              "install it on the target or choose another shell for the session");
      case "nostart" ->
          new Failure(
              Kind.START_FAILED,
              "the profile's start-up failed on the target" + said,
              "run its lines in a session without the profile to see what they say; correct the profile");
      case "unsafe" ->
          unfit(
              "the target's spool directory is unsafe" + said,
              "it must be a directory of the account's own with mode 0700; set holdfast.host.ssh-root");
      case "readonly" ->
          unfit(
              "the target's spool directory cannot be written" + said,
              "make it writable for the account, or set holdfast.host.ssh-root to a place that is");
      case "nospace" ->
          new Failure(
              Kind.NO_SPACE,
              "the target has no space left" + said,
              "free space where the target keeps its spool, then try again");
      case "quota" ->
          new Failure(
              Kind.NO_SPACE,
              "the session has used up its quota on the target" + said,
              "receive or remove output of earlier jobs, or raise the quota");
      case "busy" ->
          new Failure(
              Kind.OVERLOADED,
              "another job runs in the session" + said,
              "wait for it to end, or cancel it");
      case "dead" ->
          new Failure(
              Kind.LINK_LOST,
              "the session's shell is gone" + said,
              "repair the session: its variables are lost, its queue is kept");
      default ->
          new Failure(
              Kind.PROTOCOL,
              "the target refused (" + Text.shown(kind) + ")" + said,
              "look into the target's log; this should not happen");
    };
  }

  /** The host checks this before it makes anything of a session. */
  static boolean comesFirst(String kind) {
    return Set.of("nosetsid", "noshell", "nostart", "unsafe").contains(kind);
  }

  /** What {@code sudo} said when it did not do what it was asked. */
  static Failure sudo(String user, String words) {
    return new Failure(
        Kind.SUDO_REFUSED,
        "the account cannot become " + user + " on the target: " + Text.shown(words),
        "let sudoers have NOPASSWD for it and for sh, as in: ACCOUNT ALL=("
            + user
            + ") NOPASSWD: ALL");
  }

  /** What the bootstrap's installation said on standard error. */
  static Failure ofInstall(String stderr) {
    String text = stderr.toLowerCase(Locale.ROOT);
    if (text.contains("no space") || text.contains("quota exceeded")) {
      return of("nospace", stderr);
    }
    if (text.contains("unsafe")) {
      return of("unsafe", stderr);
    }
    if (text.contains("read-only")
        || text.contains("permission denied")
        || text.contains("cannot keep files")) {
      return of("readonly", stderr);
    }
    return protocol("the session host could not be installed: " + Text.shown(stderr));
  }

  static Failure protocol(String cause) {
    return new Failure(
        Kind.PROTOCOL, cause, "check what the account's login shell and start-up files print");
  }

  static Failure lost(String cause) {
    return new Failure(
        Kind.LINK_LOST, cause, "it is tried again by itself; the session lives on at its target");
  }

  static Failure timedOut(String cause) {
    return new Failure(
        Kind.TIMED_OUT, cause, "check that the target is up and not overloaded, then try again");
  }

  /** The node itself could not store output. */
  static Failure cannotStore(Exception e) {
    return new Failure(
        Kind.NO_SPACE,
        "this node could not store output: " + Text.shown(String.valueOf(e.getMessage())),
        "free space under this node's data directory; the output is kept on the target");
  }

  private static Failure unfit(String cause, String advice) {
    return new Failure(Kind.TARGET_UNFIT, cause, advice);
  }

  /** The failure inside a failed stage. */
  static Failure in(Throwable failed) {
    Throwable cause = failed;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof TransportException known
        ? known.failure()
        : lost("the connection failed: " + Text.shown(cause.toString()));
  }
}
