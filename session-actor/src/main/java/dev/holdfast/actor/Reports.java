package dev.holdfast.actor;

import dev.holdfast.session.Cause;
import dev.holdfast.session.Command;
import dev.holdfast.session.Command.LinkFailed.Next;
import dev.holdfast.session.Outcome;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.LinkReport;
import java.util.Locale;
import java.util.Optional;

/** What links say, in the words of the session. */
final class Reports {

  private Reports() {}

  /** The command that a report amounts to, if it is of interest to the session. */
  static Optional<Command> command(long epoch, LinkReport report, boolean up) {
    if (report instanceof LinkReport.Up r) {
      return Optional.of(new Command.LinkUp(epoch, r.bootId(), r.generation()));
    } else if (report instanceof LinkReport.Failed r) {
      return Optional.of(
          new Command.LinkFailed(epoch, cause(r.failure()), next(r.failure().kind()), r.touched()));
    } else if (report instanceof LinkReport.Down r) {
      return Optional.of(new Command.LinkDown(epoch, cause(r.failure())));
    } else if (report instanceof LinkReport.Fenced r) {
      return Optional.of(fenced(epoch, r.by(), up));
    } else if (report instanceof LinkReport.Gone r) {
      return Optional.of(new Command.ShellGone(epoch, gone(r.why())));
    } else if (report instanceof LinkReport.Dead r) {
      return Optional.of(new Command.ShellDead(epoch, dead(r.why())));
    } else if (report instanceof LinkReport.JobNotStarted r) {
      Outcome outcome = Outcome.of(Outcome.Kind.NEVER_STARTED, cause(r.failure()));
      return Optional.of(new Command.JobEnded(epoch, number(r.job()), outcome));
    } else if (report instanceof LinkReport.JobEnded r) {
      return Optional.of(new Command.JobEnded(epoch, number(r.job()), outcome(r.end())));
    } else if (report instanceof LinkReport.Renewed r) {
      return Optional.of(new Command.ShellRenewed(epoch, number(r.job()), r.generation()));
    } else if (report instanceof LinkReport.Escaped r) {
      return Optional.of(new Command.EscapeesKilled(epoch, number(r.job()), r.pids()));
    } else if (report instanceof LinkReport.SpoolsCut r) {
      return Optional.of(
          new Command.SpoolsCut(epoch, r.jobs().stream().map(Reports::number).toList()));
    } else if (report instanceof LinkReport.Ended) {
      return Optional.of(new Command.FarSideEnded(epoch));
    }
    return Optional.empty();
  }

  static Cause cause(Failure failure) {
    String kind = failure.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new Cause(kind, failure.cause(), failure.advice());
  }

  private static int number(String job) {
    return Integer.parseInt(job);
  }

  private static Next next(Failure.Kind kind) {
    return switch (kind.next()) {
      case GIVE_UP -> Next.GIVE_UP;
      case RETRY_IF_OPEN -> Next.RETRY_IF_OPEN;
      case RETRY -> Next.RETRY;
    };
  }

  private static Command fenced(long epoch, long by, boolean up) {
    var cause =
        new Cause(
            "fenced",
            "another owner holds the session on its target (epoch " + by + ")",
            "look for a second node that keeps the same session, such as a restored copy of this one's data");
    return up
        ? new Command.LinkDown(epoch, cause)
        : new Command.LinkFailed(epoch, cause, Next.RETRY_IF_OPEN, false);
  }

  private static Cause gone(String why) {
    return switch (why) {
      case "expired" ->
          new Cause(
              "expired",
              "the session was idle for longer than its idle time-out and ended itself",
              "repair it");
      case "closed" ->
          new Cause(
              "closed-elsewhere",
              "the session was ended on its target by another owner",
              "repair it");
      default ->
          new Cause("shell-missing", "the target has no trace of the session's shell", "repair it");
    };
  }

  private static Cause dead(String why) {
    return why.equals("rebooted")
        ? new Cause(
            "target-restarted", "the target was restarted", "repair it; its variables are lost")
        : new Cause(
            "host-died",
            "the session's host on the target was killed",
            "repair it; its variables are lost");
  }

  private static Outcome outcome(LinkReport.JobEnd end) {
    if (end instanceof LinkReport.JobEnd.Exited e) {
      return Outcome.exited(e.code());
    } else if (end instanceof LinkReport.JobEnd.Cancelled e) {
      return Outcome.of(Outcome.Kind.STOPPED, e.code());
    } else if (end instanceof LinkReport.JobEnd.TimedOut e) {
      return Outcome.of(Outcome.Kind.TIMED_OUT, e.code());
    } else if (end instanceof LinkReport.JobEnd.NeverStarted) {
      return Outcome.of(Outcome.Kind.NEVER_STARTED);
    } else if (end instanceof LinkReport.JobEnd.Interrupted) {
      var cause = new Cause("target-restarted", "the target was restarted while the job ran", "");
      return Outcome.of(Outcome.Kind.INTERRUPTED, cause);
    } else if (end instanceof LinkReport.JobEnd.Lost e) {
      return Outcome.of(
          Outcome.Kind.UNKNOWN, new Cause("outcome-lost", e.cause(), "look at the target"));
    }
    throw new IllegalStateException("no outcome for " + end);
  }
}
