package dev.holdfast.journal;

import dev.holdfast.protocol.journal.v1.AttemptFailed;
import dev.holdfast.protocol.journal.v1.Broke;
import dev.holdfast.protocol.journal.v1.CancelAsked;
import dev.holdfast.protocol.journal.v1.Connecting;
import dev.holdfast.protocol.journal.v1.CopyBegun;
import dev.holdfast.protocol.journal.v1.EscapeesEnded;
import dev.holdfast.protocol.journal.v1.InputEnded;
import dev.holdfast.protocol.journal.v1.JobFinished;
import dev.holdfast.protocol.journal.v1.JobMoved;
import dev.holdfast.protocol.journal.v1.JobQueued;
import dev.holdfast.protocol.journal.v1.JobStarted;
import dev.holdfast.protocol.journal.v1.JobsForgotten;
import dev.holdfast.protocol.journal.v1.LinkLost;
import dev.holdfast.protocol.journal.v1.LinkOpened;
import dev.holdfast.protocol.journal.v1.Refused;
import dev.holdfast.protocol.journal.v1.RemovalAsked;
import dev.holdfast.protocol.journal.v1.Repaired;
import dev.holdfast.protocol.journal.v1.Requested;
import dev.holdfast.protocol.journal.v1.SessionClosed;
import dev.holdfast.protocol.journal.v1.ShellReplaced;
import dev.holdfast.protocol.journal.v1.SpoolsDeleted;
import dev.holdfast.protocol.journal.v1.TerminalHeld;
import dev.holdfast.protocol.journal.v1.TerminalLeft;
import dev.holdfast.session.Event;

/**
 * Events to and from {@code journal.proto}. An entry without a known event is from a newer version:
 * it is refused.
 */
public final class Entries {

  private Entries() {}

  public static dev.holdfast.protocol.journal.v1.Entry write(Entry entry) {
    var to =
        dev.holdfast.protocol.journal.v1.Entry.newBuilder()
            .setAt(Values.write(entry.at()))
            .setBy(Values.write(entry.by()))
            .setTerm(entry.term());
    write(entry.event(), to);
    return to.build();
  }

  /**
   * Reads an entry.
   *
   * @throws IllegalArgumentException when the event is not known, as one of a newer version is
   */
  public static Entry read(dev.holdfast.protocol.journal.v1.Entry entry) {
    return new Entry(
        Values.read(entry.getAt()), Values.read(entry.getBy()), entry.getTerm(), event(entry));
  }

  private static void write(Event event, dev.holdfast.protocol.journal.v1.Entry.Builder to) {
    if (event instanceof Event.Requested e) {
      to.setRequested(
          Requested.newBuilder()
              .setId(e.id())
              .setTerms(Values.write(e.terms()))
              .setOwner(Values.write(e.owner())));
    } else if (event instanceof Event.Connecting e) {
      to.setConnecting(Connecting.newBuilder().setEpoch(e.epoch()));
    } else if (event instanceof Event.LinkOpened e) {
      to.setLinkOpened(LinkOpened.newBuilder().setBootId(e.bootId()).setGeneration(e.generation()));
    } else if (event instanceof Event.AttemptFailed e) {
      to.setAttemptFailed(
          AttemptFailed.newBuilder().setCause(Values.write(e.cause())).setTouched(e.touched()));
    } else if (event instanceof Event.LinkLost e) {
      var lost = LinkLost.newBuilder().setReason(Values.write(e.reason()));
      e.cause().map(Values::write).ifPresent(lost::setCause);
      to.setLinkLost(lost);
    } else if (event instanceof Event.Broke e) {
      to.setBroke(Broke.newBuilder().setCause(Values.write(e.cause())).setShellGone(e.shellGone()));
    } else if (event instanceof Event.Repaired) {
      to.setRepaired(Repaired.getDefaultInstance());
    } else if (event instanceof Event.RemovalAsked e) {
      var asked = RemovalAsked.newBuilder();
      e.failure().map(Values::write).ifPresent(asked::setFailure);
      to.setRemovalAsked(asked);
    } else if (event instanceof Event.SessionClosed e) {
      var closed = SessionClosed.newBuilder();
      e.cause().map(Values::write).ifPresent(closed::setCause);
      to.setSessionClosed(closed);
    } else if (event instanceof Event.CopyBegun e) {
      to.setCopyBegun(CopyBegun.newBuilder().setCopy(Values.write(e.copy())));
    } else if (event instanceof Event.CopyEnded e) {
      to.setCopyEnded(Values.write(e));
    } else if (event instanceof Event.Refused e) {
      to.setRefused(Refused.newBuilder().setWhat(e.what()).setCause(Values.write(e.cause())));
    } else {
      writeAboutJobs(event, to);
    }
  }

  private static void writeAboutJobs(
      Event event, dev.holdfast.protocol.journal.v1.Entry.Builder to) {
    if (event instanceof Event.JobQueued e) {
      to.setJobQueued(
          JobQueued.newBuilder()
              .setNumber(e.number())
              .setRequest(Values.write(e.request()))
              .setBy(Values.write(e.by())));
    } else if (event instanceof Event.JobMoved e) {
      to.setJobMoved(JobMoved.newBuilder().setNumber(e.number()).setPosition(e.position()));
    } else if (event instanceof Event.JobStarted e) {
      to.setJobStarted(JobStarted.newBuilder().setNumber(e.number()));
    } else if (event instanceof Event.CancelAsked e) {
      to.setCancelAsked(
          CancelAsked.newBuilder().setNumber(e.number()).setGrace(Values.write(e.grace())));
    } else if (event instanceof Event.InputEnded e) {
      to.setInputEnded(InputEnded.newBuilder().setNumber(e.number()).setSize(e.size()));
    } else if (event instanceof Event.TerminalHeld e) {
      to.setTerminalHeld(
          TerminalHeld.newBuilder()
              .setNumber(e.number())
              .setKey(e.key())
              .setBy(Values.write(e.by()))
              .setColumns(e.columns())
              .setRows(e.rows()));
    } else if (event instanceof Event.TerminalLeft e) {
      to.setTerminalLeft(TerminalLeft.newBuilder().setNumber(e.number()));
    } else if (event instanceof Event.JobFinished e) {
      to.setJobFinished(
          JobFinished.newBuilder().setNumber(e.number()).setOutcome(Values.write(e.outcome())));
    } else if (event instanceof Event.ShellReplaced e) {
      to.setShellReplaced(
          ShellReplaced.newBuilder().setNumber(e.number()).setGeneration(e.generation()));
    } else if (event instanceof Event.EscapeesEnded e) {
      to.setEscapeesEnded(EscapeesEnded.newBuilder().setNumber(e.number()).addAllPids(e.pids()));
    } else if (event instanceof Event.SpoolsDeleted e) {
      to.setSpoolsDeleted(SpoolsDeleted.newBuilder().addAllJobs(e.jobs()));
    } else if (event instanceof Event.JobsForgotten e) {
      to.setJobsForgotten(JobsForgotten.newBuilder().addAllJobs(e.jobs()));
    } else {
      throw new IllegalStateException("no journal form for " + event.getClass().getName());
    }
  }

  private static Event event(dev.holdfast.protocol.journal.v1.Entry entry) {
    return switch (entry.getEventCase()) {
      case REQUESTED -> {
        var e = entry.getRequested();
        yield new Event.Requested(e.getId(), Values.read(e.getTerms()), Values.read(e.getOwner()));
      }
      case CONNECTING -> new Event.Connecting(entry.getConnecting().getEpoch());
      case LINK_OPENED ->
          new Event.LinkOpened(
              entry.getLinkOpened().getBootId(), entry.getLinkOpened().getGeneration());
      case ATTEMPT_FAILED ->
          new Event.AttemptFailed(
              Values.read(entry.getAttemptFailed().getCause()),
              entry.getAttemptFailed().getTouched());
      case LINK_LOST -> {
        var e = entry.getLinkLost();
        yield new Event.LinkLost(
            Values.read(e.getReason()), Values.read(e.hasCause(), e.getCause()));
      }
      case BROKE ->
          new Event.Broke(
              Values.read(entry.getBroke().getCause()), entry.getBroke().getShellGone());
      case REPAIRED -> new Event.Repaired();
      case REMOVAL_ASKED -> {
        var e = entry.getRemovalAsked();
        yield new Event.RemovalAsked(Values.read(e.hasFailure(), e.getFailure()));
      }
      case SESSION_CLOSED -> {
        var e = entry.getSessionClosed();
        yield new Event.SessionClosed(Values.read(e.hasCause(), e.getCause()));
      }
      case REFUSED ->
          new Event.Refused(
              entry.getRefused().getWhat(), Values.read(entry.getRefused().getCause()));
      case JOB_QUEUED -> {
        var e = entry.getJobQueued();
        yield new Event.JobQueued(
            e.getNumber(), Values.read(e.getRequest()), Values.read(e.getBy()));
      }
      case JOB_MOVED ->
          new Event.JobMoved(entry.getJobMoved().getNumber(), entry.getJobMoved().getPosition());
      case JOB_STARTED -> new Event.JobStarted(entry.getJobStarted().getNumber());
      case CANCEL_ASKED ->
          new Event.CancelAsked(
              entry.getCancelAsked().getNumber(), Values.read(entry.getCancelAsked().getGrace()));
      case INPUT_ENDED ->
          new Event.InputEnded(entry.getInputEnded().getNumber(), entry.getInputEnded().getSize());
      case TERMINAL_HELD -> {
        var e = entry.getTerminalHeld();
        yield new Event.TerminalHeld(
            e.getNumber(), e.getKey(), Values.read(e.getBy()), e.getColumns(), e.getRows());
      }
      case TERMINAL_LEFT -> new Event.TerminalLeft(entry.getTerminalLeft().getNumber());
      case JOB_FINISHED ->
          new Event.JobFinished(
              entry.getJobFinished().getNumber(), Values.read(entry.getJobFinished().getOutcome()));
      case SHELL_REPLACED ->
          new Event.ShellReplaced(
              entry.getShellReplaced().getNumber(), entry.getShellReplaced().getGeneration());
      case ESCAPEES_ENDED ->
          new Event.EscapeesEnded(
              entry.getEscapeesEnded().getNumber(), entry.getEscapeesEnded().getPidsList());
      case SPOOLS_DELETED -> new Event.SpoolsDeleted(entry.getSpoolsDeleted().getJobsList());
      case JOBS_FORGOTTEN -> new Event.JobsForgotten(entry.getJobsForgotten().getJobsList());
      case COPY_BEGUN -> new Event.CopyBegun(Values.read(entry.getCopyBegun().getCopy()));
      case COPY_ENDED -> Values.read(entry.getCopyEnded());
      case EVENT_NOT_SET ->
          throw new IllegalArgumentException(
              "the journal holds an event that this version does not know; it was written by a newer one");
    };
  }
}
