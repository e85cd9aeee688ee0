package dev.holdfast.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A target as the link seam promises it, small enough to be believed: it starts each job number at
 * most once per shell, obeys only the highest epoch, and remembers what became of its jobs. What is
 * asked takes effect at once; whether the answer arrives is for {@link World} to say.
 */
final class Target {

  /** What there is to know about one job. */
  enum Fate {
    RUNNING,
    EXITED_0,
    EXITED_3,
    CANCELLED,
    TIMED_OUT,
    /** By the end of the whole session. */
    KILLED,
    INTERRUPTED,
    /** The shell died, and nobody knows. */
    LOST,
    /** It never started and never will. */
    VOID
  }

  /** One incarnation's shell, with its record of jobs. */
  private static final class Shell {
    private boolean alive = true;
    private long epoch;
    private final Map<Integer, Fate> fates = new LinkedHashMap<>();
  }

  /** What an attempt to attach comes to. */
  enum Answer {
    UP,
    DEAD,
    GONE,
    FENCED
  }

  private final Map<Integer, Shell> shells = new HashMap<>();
  private final Map<Integer, Boolean> tombstones = new HashMap<>();

  /** The numbers of the jobs that were started, in order, over all incarnations. */
  final List<Integer> ledger = new ArrayList<>();

  Answer attach(int incarnation, long epoch, boolean create) {
    if (tombstones.containsKey(incarnation) || (!shells.containsKey(incarnation) && !create)) {
      return Answer.GONE;
    }
    Shell shell = shells.computeIfAbsent(incarnation, i -> new Shell());
    if (epoch <= shell.epoch) {
      return Answer.FENCED;
    }
    shell.epoch = epoch;
    return shell.alive ? Answer.UP : Answer.DEAD;
  }

  /** Starts the job unless its ticket is taken, and says what is known of it. */
  Fate start(int incarnation, int job) {
    Shell shell = shells.get(incarnation);
    if (shell.alive && !shell.fates.containsKey(job)) {
      if (shell.fates.containsValue(Fate.RUNNING)) {
        throw new AssertionError("two jobs at a time: " + job + " and " + shell.fates);
      }
      ledger.add(job);
      shell.fates.put(job, Fate.RUNNING);
    }
    return shell.fates.computeIfAbsent(job, j -> Fate.VOID);
  }

  Fate settle(int incarnation, int job) {
    return shells.get(incarnation).fates.computeIfAbsent(job, j -> Fate.VOID);
  }

  Optional<Fate> fate(int incarnation, int job) {
    return Optional.ofNullable(shells.get(incarnation)).map(shell -> shell.fates.get(job));
  }

  /** All that was ever known of a job; shells that are gone are remembered here. */
  Optional<Fate> fate(int job) {
    return shells.values().stream()
        .map(shell -> shell.fates.get(job))
        .filter(fate -> fate != null)
        .reduce((before, after) -> before == Fate.VOID ? after : before);
  }

  /** Whether the running job of this shell, if one runs, can be ended in this way. */
  Optional<Integer> endRunning(int incarnation, Fate how) {
    Shell shell = shells.get(incarnation);
    if (shell == null) {
      return Optional.empty();
    }
    Optional<Integer> running = running(shell);
    running.ifPresent(job -> shell.fates.put(job, how));
    return running;
  }

  boolean runs(int incarnation, int job) {
    return fate(incarnation, job).filter(fate -> fate == Fate.RUNNING).isPresent();
  }

  private static Optional<Integer> running(Shell shell) {
    return shell.fates.entrySet().stream()
        .filter(entry -> entry.getValue() == Fate.RUNNING)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Ends what is there and leaves a tombstone. */
  void end(int incarnation) {
    endRunning(incarnation, Fate.KILLED);
    shells.get(incarnation).alive = false;
    tombstones.put(incarnation, true);
  }

  /** The shell dies under its job. */
  void die(int incarnation, Fate ofJob) {
    if (lives(incarnation)) {
      endRunning(incarnation, ofJob);
      shells.get(incarnation).alive = false;
    }
  }

  /** The idle time is over; it counts only while no job runs. */
  void expire(int incarnation) {
    if (lives(incarnation) && running(shells.get(incarnation)).isEmpty()) {
      end(incarnation);
    }
  }

  boolean lives(int incarnation) {
    Shell shell = shells.get(incarnation);
    return shell != null && shell.alive;
  }
}
