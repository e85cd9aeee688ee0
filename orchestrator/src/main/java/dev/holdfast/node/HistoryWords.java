package dev.holdfast.node;

import dev.holdfast.session.Cause;
import dev.holdfast.session.Copy;
import dev.holdfast.session.Event;
import dev.holdfast.session.Outcome;
import java.util.Locale;
import java.util.Optional;

/**
 * An event in the words of the history.
 *
 * @param what a stable word for programs
 * @param detail the rest, for people
 */
record HistoryWords(String what, String detail) {

  static HistoryWords of(Event event) {
    return new HistoryWords(what(event.getClass()), detail(event));
  }

  /** The event's name with hyphens: {@code JobQueued} is {@code job-queued}. */
  static String what(Class<?> event) {
    return event.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  private static String detail(Event event) {
    if (event instanceof Event.Requested e) {
      var setup = e.terms().setup();
      return e.terms().target()
          + " as "
          + e.terms().name()
          + ", shell "
          + e.terms().shell()
          + (setup.profile().isEmpty()
              ? ""
              : ", profile " + setup.profile() + " version " + setup.version());
    } else if (event instanceof Event.Connecting e) {
      return "attempt " + e.epoch();
    } else if (event instanceof Event.LinkOpened e) {
      return "shell generation " + e.generation() + ", boot " + e.bootId();
    } else if (event instanceof Event.AttemptFailed e) {
      return text(e.cause());
    } else if (event instanceof Event.LinkLost e) {
      return e.reason().name().toLowerCase(Locale.ROOT).replace('_', '-')
          + e.cause().map(c -> ": " + text(c)).orElse("");
    } else if (event instanceof Event.Broke e) {
      return text(e.cause());
    } else if (event instanceof Event.RemovalAsked e) {
      return optional(e.failure());
    } else if (event instanceof Event.SessionClosed e) {
      return optional(e.cause());
    } else if (event instanceof Event.CopyBegun e) {
      return where(e.copy());
    } else if (event instanceof Event.CopyEnded e) {
      return where(e.copy())
          + ": "
          + e.files()
          + (e.files() == 1 ? " file, " : " files, ")
          + e.bytes()
          + " bytes"
          + e.failure().map(cause -> "; failed: " + text(cause)).orElse("");
    } else if (event instanceof Event.Refused e) {
      return e.what() + ": " + text(e.cause());
    } else if (event instanceof Event.JobQueued e) {
      return e.request().label();
    } else if (event instanceof Event.JobMoved e) {
      return "to place " + e.position();
    } else if (event instanceof Event.CancelAsked e) {
      return "grace " + e.grace().toSeconds() + " s";
    } else if (event instanceof Event.InputEnded e) {
      return e.size() + " bytes";
    } else if (event instanceof Event.TerminalHeld e) {
      return "by " + e.by().who() + ", " + e.columns() + " by " + e.rows();
    } else if (event instanceof Event.JobFinished e) {
      return text(e.outcome());
    } else if (event instanceof Event.ShellReplaced e) {
      return "the job ended its shell; generation " + e.generation() + " has none of its variables";
    } else if (event instanceof Event.EscapeesEnded e) {
      return "killed processes that had left the job's group: " + e.pids();
    } else if (event instanceof Event.SpoolsDeleted e) {
      return "of jobs " + e.jobs();
    } else if (event instanceof Event.JobsForgotten e) {
      return "jobs " + e.jobs();
    }
    return "";
  }

  private static String where(Copy copy) {
    return (copy.up() ? "to " : "from ") + (copy.path().isEmpty() ? "the home" : copy.path());
  }

  private static String text(Outcome outcome) {
    String kind = outcome.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    String code =
        outcome.exitCode().isPresent() ? ", exit code " + outcome.exitCode().getAsInt() : "";
    return kind + code + outcome.cause().map(cause -> ": " + text(cause)).orElse("");
  }

  private static String optional(Optional<Cause> cause) {
    return cause.map(HistoryWords::text).orElse("");
  }

  private static String text(Cause cause) {
    return cause.text() + " (" + cause.kind() + ")";
  }
}
