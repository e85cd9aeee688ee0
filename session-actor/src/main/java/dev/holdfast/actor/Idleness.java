package dev.holdfast.actor;

import dev.holdfast.session.Command;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * The time that a session without work has left: until it gives up its link, until its far side has
 * ended itself, until a terminal that nobody uses is ended, and until the session is removed. It
 * belongs to the session's actor; what is due is a command like any other, so the rules decide, and
 * one that comes too early changes nothing.
 */
final class Idleness {

  private static final Object PARK = "park";
  private static final Object EXPIRE = "expire";
  private static final Object RETIRE = "retire";
  private static final Object TERMINAL = "terminal";

  /** What a terminal that nobody uses any more is given to end itself. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** The far side looks at its clock four times in its idle time, and at least once a minute. */
  private static final int LOOKS = 4;

  private static final Duration LEAST_SLACK = Duration.ofSeconds(5);
  private static final Duration MOST_SLACK = Duration.ofSeconds(90);

  /** No timer is longer than its scheduler can count. */
  private static final Duration LONGEST = Duration.ofDays(30);

  private final TimerScheduler<Message> timers;
  private final Surroundings around;
  private final ActorRef<Answer> nobody;

  Idleness(TimerScheduler<Message> timers, Surroundings around, ActorRef<Answer> nobody) {
    this.timers = timers;
    this.around = around;
    this.nobody = nobody;
  }

  /**
   * Takes note of how the session is now.
   *
   * @param used whether it has just been used, and not only looked at
   */
  void of(Session session, boolean used) {
    var limits = session.core().terms().setup().limits();
    Duration parkAfter = limits.parkAfter().orElse(around.settings().parkAfter());
    boolean idle = session instanceof Opened && session.jobs().idle();
    set(
        PARK,
        new Command.Park(),
        idle && !parkAfter.isZero() ? Optional.of(parkAfter) : Optional.empty(),
        used);
    set(
        EXPIRE,
        new Command.Expire(),
        session instanceof Disconnected resting && resting.rests()
            ? resting.expiresAt().map(at -> until(at.plus(slack(session))))
            : Optional.empty(),
        true);
    set(
        TERMINAL,
        session
            .jobs()
            .running()
            .<Command>map(job -> new Command.Cancel(job.number(), GRACE))
            .orElseGet(Command.Look::new),
        session
            .jobs()
            .running()
            .flatMap(job -> job.request().terminal())
            .map(JobRequest.Terminal::idleTimeout),
        used);
    set(RETIRE, new Command.Retire(), session.leavesAt().map(this::until), true);
  }

  private void set(Object timer, Command due, Optional<Duration> after, boolean anew) {
    if (after.isEmpty()) {
      timers.cancel(timer);
    } else if (anew || !timers.isTimerActive(timer)) {
      timers.startSingleTimer(
          timer, new Message.Ask(due, around.self(), nobody), after.orElseThrow());
    }
  }

  private static Duration slack(Session session) {
    Duration slack = session.core().terms().idleTimeout().dividedBy(LOOKS).plus(LEAST_SLACK);
    return slack.compareTo(MOST_SLACK) > 0 ? MOST_SLACK : slack;
  }

  private Duration until(Instant at) {
    Duration left = Duration.between(around.clock().instant(), at);
    return left.isNegative() ? Duration.ZERO : left.compareTo(LONGEST) > 0 ? LONGEST : left;
  }
}
