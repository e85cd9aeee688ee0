package dev.holdfast.journal;

import dev.holdfast.protocol.journal.v1.SessionRecord;
import dev.holdfast.session.Broken;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Core;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.Holder;
import dev.holdfast.session.Job;
import dev.holdfast.session.Jobs;
import dev.holdfast.session.New;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Opening;
import dev.holdfast.session.Removing;
import dev.holdfast.session.Session;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Whole sessions to and from {@code journal.proto}. */
public final class Snapshots {

  private Snapshots() {}

  public static SessionRecord write(Session session) {
    return write(session, Integer.MAX_VALUE);
  }

  private static SessionRecord write(Session session, int ended) {
    var to = SessionRecord.newBuilder().setCore(write(session.core(), ended));
    if (session instanceof New) {
      to.setFresh(SessionRecord.New.getDefaultInstance());
    } else if (session instanceof Opening s) {
      to.setOpening(
          SessionRecord.Opening.newBuilder()
              .setDeadline(Values.write(s.deadline()))
              .setTouched(s.touched()));
    } else if (session instanceof Opened s) {
      to.setOpened(SessionRecord.Opened.newBuilder().setBootId(s.bootId()));
    } else if (session instanceof Disconnected s) {
      var state = SessionRecord.Disconnected.newBuilder().setReason(Values.write(s.reason()));
      s.lastFailure().map(Values::write).ifPresent(state::setLastFailure);
      to.setDisconnected(state);
    } else if (session instanceof Broken s) {
      to.setBroken(
          SessionRecord.Broken.newBuilder()
              .setCause(Values.write(s.cause()))
              .setShellGone(s.shellGone()));
    } else if (session instanceof Removing s) {
      var state = SessionRecord.Removing.newBuilder();
      s.cause().map(Values::write).ifPresent(state::setCause);
      s.lastFailure().map(Values::write).ifPresent(state::setLastFailure);
      to.setRemoving(state);
    } else if (session instanceof Closed s) {
      var state = SessionRecord.Closed.newBuilder();
      s.cause().map(Values::write).ifPresent(state::setCause);
      to.setClosed(state);
    }
    return to.build();
  }

  /**
   * A session as other nodes are told of it: without the scripts of its jobs, and of those that
   * have ended only the last ones, so that a message stays small.
   *
   * @param ended how many of these
   */
  public static SessionRecord forOthers(Session session, int ended) {
    var record = write(session, ended).toBuilder();
    var core = record.getCoreBuilder();
    if (core.hasRunning()) {
      core.getRunningBuilder().getRequestBuilder().clearScript();
    }
    core.getWaitingBuilderList().forEach(job -> job.getRequestBuilder().clearScript());
    core.getEndedBuilderList().forEach(job -> job.getRequestBuilder().clearScript());
    return record.build();
  }

  /**
   * A session as it was told, with the jobs that had ended before and were not told again.
   *
   * @param told from {@link #forOthers}
   * @param known what was known of the session until now
   */
  public static Session told(SessionRecord told, Session known) {
    Set<Integer> again =
        told.getCore().getEndedList().stream()
            .map(dev.holdfast.protocol.journal.v1.Job::getNumber)
            .collect(Collectors.toSet());
    var earlier =
        known.jobs().ended().stream()
            .filter(job -> !again.contains(job.number()))
            .map(Snapshots::write)
            .toList();
    int kept = Math.max(0, known.core().terms().jobsKept() - again.size());
    var whole = told.toBuilder();
    whole
        .getCoreBuilder()
        .clearEnded()
        .addAllEnded(earlier.subList(Math.max(0, earlier.size() - kept), earlier.size()))
        .addAllEnded(told.getCore().getEndedList());
    return read(whole.build());
  }

  /**
   * Reads a session.
   *
   * @throws IllegalArgumentException when its state is not known, as one of a newer version is
   */
  public static Session read(SessionRecord from) {
    Core core = read(from.getCore());
    return switch (from.getStateCase()) {
      case FRESH -> new New();
      case OPENING ->
          new Opening(
              core, Values.read(from.getOpening().getDeadline()), from.getOpening().getTouched());
      case OPENED -> new Opened(core, from.getOpened().getBootId());
      case DISCONNECTED -> {
        var s = from.getDisconnected();
        yield new Disconnected(
            core, Values.read(s.getReason()), Values.read(s.hasLastFailure(), s.getLastFailure()));
      }
      case BROKEN ->
          new Broken(
              core, Values.read(from.getBroken().getCause()), from.getBroken().getShellGone());
      case REMOVING -> {
        var s = from.getRemoving();
        yield new Removing(
            core,
            Values.read(s.hasCause(), s.getCause()),
            Values.read(s.hasLastFailure(), s.getLastFailure()));
      }
      case CLOSED -> {
        var s = from.getClosed();
        yield new Closed(core, Values.read(s.hasCause(), s.getCause()));
      }
      case STATE_NOT_SET ->
          throw new IllegalArgumentException(
              "the journal holds a session state that this version does not know; it was written by a newer one");
    };
  }

  private static dev.holdfast.protocol.journal.v1.Core write(Core core, int ended) {
    Jobs jobs = core.jobs();
    var to =
        dev.holdfast.protocol.journal.v1.Core.newBuilder()
            .setId(core.id())
            .setTerms(Values.write(core.terms()))
            .setOwner(Values.write(core.owner()))
            .setCreatedAt(Values.write(core.createdAt()))
            .setSince(Values.write(core.since()))
            .setEpoch(core.epoch())
            .setIncarnation(core.incarnation())
            .setGeneration(core.generation())
            .setShellMade(core.shellMade())
            .setTerm(core.term())
            .setLastJob(jobs.last())
            .addAllUncut(jobs.uncut());
    jobs.running().map(Snapshots::write).ifPresent(to::setRunning);
    jobs.waiting().forEach(job -> to.addWaiting(write(job)));
    jobs.ended().stream()
        .skip(Math.max(0, jobs.ended().size() - ended))
        .forEach(job -> to.addEnded(write(job)));
    return to.build();
  }

  private static Core read(dev.holdfast.protocol.journal.v1.Core core) {
    return new Core(
        core.getId(),
        Values.read(core.getTerms()),
        Values.read(core.getOwner()),
        Values.read(core.getCreatedAt()),
        Values.read(core.getSince()),
        core.getEpoch(),
        core.getIncarnation(),
        core.getGeneration(),
        core.getShellMade(),
        core.getTerm(),
        new Jobs(
            core.getLastJob(),
            core.hasRunning() ? Optional.of(read(core.getRunning())) : Optional.empty(),
            core.getWaitingList().stream().map(Snapshots::read).toList(),
            core.getEndedList().stream().map(Snapshots::read).toList(),
            core.getUncutList()));
  }

  private static dev.holdfast.protocol.journal.v1.Job write(Job job) {
    var to =
        dev.holdfast.protocol.journal.v1.Job.newBuilder()
            .setNumber(job.number())
            .setRequest(Values.write(job.request()))
            .setBy(Values.write(job.by()))
            .setSubmittedAt(Values.write(job.submittedAt()));
    job.inputSize().ifPresent(to::setInputSize);
    job.holder().map(Snapshots::write).ifPresent(to::setHolder);
    if (job.phase() instanceof Job.Phase.Running running) {
      to.setStartedAt(Values.write(running.since()));
      running.cancel().map(Values::write).ifPresent(to::setCancelGrace);
    } else if (job.phase() instanceof Job.Phase.Ended ended) {
      ended.started().map(Values::write).ifPresent(to::setStartedAt);
      to.setEndedAt(Values.write(ended.at())).setOutcome(Values.write(ended.outcome()));
    }
    return to.build();
  }

  private static Job read(dev.holdfast.protocol.journal.v1.Job job) {
    return new Job(
        job.getNumber(),
        Values.read(job.getRequest()),
        Values.read(job.getBy()),
        Values.read(job.getSubmittedAt()),
        phase(job),
        job.hasInputSize() ? OptionalLong.of(job.getInputSize()) : OptionalLong.empty(),
        job.hasHolder() ? Optional.of(read(job.getHolder())) : Optional.empty());
  }

  private static dev.holdfast.protocol.journal.v1.Holder write(Holder holder) {
    return dev.holdfast.protocol.journal.v1.Holder.newBuilder()
        .setKey(holder.key())
        .setWho(holder.who())
        .setSince(Values.write(holder.since()))
        .setColumns(holder.columns())
        .setRows(holder.rows())
        .build();
  }

  private static Holder read(dev.holdfast.protocol.journal.v1.Holder holder) {
    return new Holder(
        holder.getKey(),
        holder.getWho(),
        Values.read(holder.getSince()),
        holder.getColumns(),
        holder.getRows());
  }

  private static Job.Phase phase(dev.holdfast.protocol.journal.v1.Job job) {
    if (job.hasOutcome()) {
      return new Job.Phase.Ended(
          job.hasStartedAt() ? Optional.of(Values.read(job.getStartedAt())) : Optional.empty(),
          Values.read(job.getEndedAt()),
          Values.read(job.getOutcome()));
    }
    return job.hasStartedAt()
        ? new Job.Phase.Running(
            Values.read(job.getStartedAt()),
            job.hasCancelGrace()
                ? Optional.of(Values.read(job.getCancelGrace()))
                : Optional.empty())
        : new Job.Phase.Queued();
  }
}
