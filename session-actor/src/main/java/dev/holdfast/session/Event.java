package dev.holdfast.session;

import dev.holdfast.session.Disconnected.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What has happened to a session. Facts in the past tense: never refused, and all that the journal
 * keeps. The time comes from the journal entry, so that replaying gives the same state.
 */
public sealed interface Event {

  Session evolve(Session before, Instant at);

  /** The number of the job it is about, if it is about one. */
  default OptionalInt job() {
    return OptionalInt.empty();
  }

  /** An event that changes what a session has, in whatever state it is. */
  sealed interface Change extends Event {
    Core change(Core core, Instant at);

    @Override
    default Session evolve(Session before, Instant at) {
      return before.with(change(before.core(), at));
    }
  }

  /** An event about one job. */
  sealed interface JobChange extends Change {
    int number();

    Jobs change(Jobs jobs, Instant at);

    @Override
    default Core change(Core core, Instant at) {
      return core.jobs(change(core.jobs(), at));
    }

    @Override
    default OptionalInt job() {
      return OptionalInt.of(number());
    }
  }

  // ---- the session

  record Requested(String id, Terms terms, Origin owner) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      var core = new Core(id, terms, owner, at, at, 0, 1, 1, false, 0, Jobs.NONE);
      return new Opening(core, at.plus(terms.connectTimeout()), false);
    }
  }

  /** An attempt to hold a link begins; only its reports count from now on. */
  record Connecting(long epoch) implements Change {
    @Override
    public Core change(Core core, Instant at) {
      return core.epoch(epoch);
    }
  }

  record LinkOpened(String bootId, int generation) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return new Opened(before.core().shell(generation).since(at), bootId);
    }
  }

  /** An attempt failed and will be repeated. Written when it tells something new. */
  record AttemptFailed(Cause cause, boolean touched) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return before.failed(cause, touched);
    }
  }

  /** The session has no link any more; its shell lives on. */
  record LinkLost(Reason reason, Optional<Cause> cause) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return new Disconnected(before.core().since(at), reason, cause);
    }
  }

  /** {@code shellGone}: whether it is certain that the shell does not live any more. */
  record Broke(Cause cause, boolean shellGone) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return new Broken(before.core().since(at), cause, shellGone);
    }
  }

  /** The session gets a new shell as the next incarnation. */
  record Repaired() implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return new Disconnected(
          before.core().repaired().since(at), Reason.REPAIRING, Optional.empty());
    }
  }

  /** The session is to be ended; {@code failure}: because it could not be opened. */
  record RemovalAsked(Optional<Cause> failure) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return new Removing(before.core().since(at), failure, failure);
    }
  }

  /**
   * The session has ended; {@code cause}: why, if not because its far side was confirmed to be
   * gone.
   */
  record SessionClosed(Optional<Cause> cause) implements Event {
    @Override
    public Session evolve(Session before, Instant at) {
      return new Closed(before.core().since(at), cause);
    }
  }

  // ---- copies of files; they are history, and change nothing

  record CopyBegun(Copy copy) implements Change {
    @Override
    public Core change(Core core, Instant at) {
      return core;
    }
  }

  /** {@code failure}: why it is not all, if it is not. */
  record CopyEnded(Copy copy, long files, long bytes, Optional<Cause> failure) implements Change {
    @Override
    public Core change(Core core, Instant at) {
      return core;
    }
  }

  /** Somebody asked for what the session's profile does not allow; {@code what}: for people. */
  record Refused(String what, Cause cause) implements Change {
    @Override
    public Core change(Core core, Instant at) {
      return core;
    }
  }

  // ---- its jobs

  record JobQueued(int number, JobRequest request, Origin by) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.queued(Job.queued(number, request, by, at));
    }
  }

  record JobMoved(int number, int position) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.moved(number, position);
    }
  }

  /** The job is about to be handed to the target. Whether it arrives is for the target to say. */
  record JobStarted(int number) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.started(number, at);
    }
  }

  record CancelAsked(int number, Duration grace) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.with(number, job -> job.cancelling(grace));
    }
  }

  record InputEnded(int number, long size) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.with(number, job -> job.withInput(size));
    }
  }

  /** Somebody types in the terminal from now on, or in a window of another size. */
  record TerminalHeld(int number, String key, Origin by, int columns, int rows)
      implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.with(
          number,
          job -> {
            Instant since =
                job.holder().filter(one -> one.key().equals(key)).map(Holder::since).orElse(at);
            return job.heldBy(Optional.of(new Holder(key, by.who(), since, columns, rows)));
          });
    }
  }

  /** Nobody types in the terminal any more. */
  record TerminalLeft(int number) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.with(number, job -> job.heldBy(Optional.empty()));
    }
  }

  record JobFinished(int number, Outcome outcome) implements JobChange {
    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs.ended(number, at, outcome);
    }
  }

  /** The job ended its shell; the variables are those of a new one. */
  record ShellReplaced(int number, int generation) implements Change {
    @Override
    public Core change(Core core, Instant at) {
      return core.shell(generation);
    }

    @Override
    public OptionalInt job() {
      return OptionalInt.of(number);
    }
  }

  /** Processes that had left the job's group were found by its mark and killed. */
  record EscapeesEnded(int number, List<Long> pids) implements JobChange {
    public EscapeesEnded {
      pids = List.copyOf(pids);
    }

    @Override
    public Jobs change(Jobs jobs, Instant at) {
      return jobs;
    }
  }

  /** The spool files of these jobs are gone from the target; their output is safe here. */
  record SpoolsDeleted(List<Integer> jobs) implements Change {
    public SpoolsDeleted {
      jobs = List.copyOf(jobs);
    }

    @Override
    public Core change(Core core, Instant at) {
      return core.jobs(core.jobs().cut(jobs));
    }
  }

  /** These ended jobs are beyond what is kept. */
  record JobsForgotten(List<Integer> jobs) implements Change {
    public JobsForgotten {
      jobs = List.copyOf(jobs);
    }

    @Override
    public Core change(Core core, Instant at) {
      return core.jobs(core.jobs().forgotten(jobs));
    }
  }
}
