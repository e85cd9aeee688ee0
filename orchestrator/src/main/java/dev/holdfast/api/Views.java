package dev.holdfast.api;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import dev.holdfast.directory.State;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.protocol.v1.Availability;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.session.Broken;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.Job.Phase;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Opening;
import dev.holdfast.session.Outcome;
import dev.holdfast.session.Removing;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** Sessions and jobs as clients see them. */
final class Views {

  private static final int COMMAND = 200;

  private Views() {}

  static Session session(dev.holdfast.session.Session session) {
    var core = session.core();
    var terms = core.terms();
    var view =
        Session.newBuilder()
            .setId(core.id())
            .setName(terms.name())
            .setTarget(terms.target())
            .setState(SessionState.valueOf(State.of(session).name()))
            .setReason(reason(session))
            .setAvailability(availability(session))
            .setQueued(session.jobs().waiting().size())
            .setOwner(core.owner().who())
            .putAllLabels(terms.labels())
            .setShell(terms.shell())
            .setIncarnation(core.incarnation())
            .setGeneration(core.generation())
            .setCreatedAt(time(core.createdAt()))
            .setStateSince(time(core.since()))
            .setIdleTimeout(Durations.fromMillis(terms.idleTimeout().toMillis()))
            .setBeside(terms.parent())
            .setProfile(terms.setup().profile())
            .setProfileVersion(terms.setup().version());
    session.endsAt().map(Views::time).ifPresent(view::setEndsAt);
    failure(session).map(Refusal::failure).ifPresent(view::setFailure);
    session
        .jobs()
        .running()
        .ifPresent(job -> view.setRunningJob(JobId.of(core.id(), job.number())));
    if (!terms.removeAfter().isZero()) {
      view.setRemoveAfter(Durations.fromMillis(terms.removeAfter().toMillis()));
    }
    session.retiresAt().map(Views::time).ifPresent(view::setRemovesAt);
    if (session instanceof Disconnected disconnected) {
      disconnected.expiresAt().map(Views::time).ifPresent(view::setExpiresAt);
    }
    return view.build();
  }

  private static String reason(dev.holdfast.session.Session session) {
    if (session instanceof Opening) {
      return "opening";
    } else if (session instanceof Removing) {
      return "removing";
    } else if (session instanceof Disconnected disconnected) {
      return disconnected.reason().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
    return "";
  }

  private static Availability availability(dev.holdfast.session.Session session) {
    if (session instanceof Opened) {
      return session.jobs().running().isPresent() ? Availability.BUSY : Availability.AVAILABLE;
    }
    return Availability.NONE;
  }

  /** What went wrong with it, if something did. */
  static Optional<Cause> failure(dev.holdfast.session.Session session) {
    if (session instanceof Broken broken) {
      return Optional.of(broken.cause());
    } else if (session instanceof Disconnected disconnected) {
      return disconnected.lastFailure();
    } else if (session instanceof Removing removing) {
      return removing.lastFailure();
    } else if (session instanceof Closed closed) {
      return closed.cause();
    }
    return Optional.empty();
  }

  /** One of the session's jobs. Asks the log for its sizes, so it may block on the disk. */
  static Job job(dev.holdfast.session.Session session, int number, OutputLog log)
      throws IOException {
    var job = Access.job(session, number);
    String id = session.core().id();
    var view =
        Job.newBuilder()
            .setId(JobId.of(id, number))
            .setSession(id)
            .setSessionName(session.core().terms().name())
            .setTarget(session.core().terms().target())
            .setBeside(session.core().terms().parent())
            .setCommand(shortened(job.request().label()))
            .setKey(job.request().key())
            .setPosition(session.jobs().position(number))
            .setSubmittedAt(time(job.submittedAt()))
            .setSubmittedBy(job.by().who())
            .setStdoutBytes(log.end(place(id, number, StreamName.OUT)))
            .setStderrBytes(log.end(place(id, number, StreamName.ERR)));
    if (job.phase() instanceof Phase.Queued) {
      view.setState(JobState.QUEUED);
    } else if (job.phase() instanceof Phase.Running running) {
      view.setState(JobState.RUNNING)
          .setStartedAt(time(running.since()))
          .setCancelling(running.cancel().isPresent())
          .setAttempts(1);
    } else if (job.phase() instanceof Phase.Ended ended) {
      ended.started().ifPresent(at -> view.setStartedAt(time(at)).setAttempts(1));
      view.setEndedAt(time(ended.at())).setState(state(ended.outcome()));
      ended.outcome().exitCode().ifPresent(view::setExitCode);
      ended.outcome().cause().map(Refusal::failure).ifPresent(view::setFailure);
    }
    return view.build();
  }

  private static JobState state(Outcome outcome) {
    return JobState.valueOf(outcome.kind().name());
  }

  /** A job that is not there has ended and is forgotten, or this node has yet to hear of it. */
  static boolean ended(dev.holdfast.session.Session session, int number) {
    return session
        .jobs()
        .find(number)
        .map(job -> job.phase() instanceof Phase.Ended)
        .orElse(number <= session.jobs().last());
  }

  static OutputLog.Place place(String session, int number, StreamName stream) {
    return new OutputLog.Place(session, Integer.toString(number), stream);
  }

  static String shortened(String text) {
    return text.codePointCount(0, text.length()) <= COMMAND
        ? text
        : text.substring(0, text.offsetByCodePoints(0, COMMAND));
  }

  static Timestamp time(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
