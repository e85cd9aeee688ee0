package dev.holdfast.session;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The life of one remote session, as values: each state says what it accepts and refuses everything
 * else.
 *
 * <p>To the world there are PowerShell's four states. {@link Opening} and {@link Removing} are
 * shown as Disconnected, with that reason; {@link New} is "not found". Nothing here touches a
 * clock, a socket or an actor.
 *
 * <p>Guarantees, held for any order of commands, reports and crashes (see {@code
 * SessionPropertiesTest}): a job is handed to a target under one number only; what was accepted
 * ends in a named outcome or is still there, and the outcome is what the target says, or Unknown;
 * jobs start in queue order, one at a time; replaying the events gives the same state; a report of
 * another epoch changes nothing; after {@link Command.Wake} everything owed is asked for again; a
 * removal ends when the target confirms it, unless it is forced. Every state and every command are
 * in {@code docs/states.md}.
 */
public sealed interface Session
    permits New, Opening, Opened, Disconnected, Broken, Removing, Closed {

  Core core();

  Session with(Core core);

  /** The state's name as people know it. */
  default String name() {
    return getClass().getSimpleName();
  }

  default Jobs jobs() {
    return core().jobs();
  }

  /** Whether the next link may start the shell: only as long as none was ever seen. */
  default boolean startsShell() {
    return !core().shellMade();
  }

  /**
   * When it is removed if nobody uses it, if that was agreed.
   *
   * @see Command.Retire
   */
  default Optional<Instant> retiresAt() {
    return Optional.empty();
  }

  /** When it is removed by itself whatever it does, if its profile says so. */
  default Optional<Instant> endsAt() {
    return core().endsAt();
  }

  /** When the first of the two is due. */
  default Optional<Instant> leavesAt() {
    return Stream.of(retiresAt(), endsAt())
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder());
  }

  /** An attempt to hold a link failed and will be repeated. */
  default Session failed(Cause cause, boolean touched) {
    return this;
  }

  // ---- by default, clients are refused, and reports change nothing

  default Decision on(Command.Open c, Instant now) {
    return core().terms().equals(c.terms()) && core().owner().tenant().equals(c.owner().tenant())
        ? Decision.nothing()
        : Steps.refuse(
            "key-reused",
            "this key was used to open another session",
            "use a new key for a new session");
  }

  default Decision on(Command.Submit c, Instant now) {
    return Steps.known(this, c, now).orElseGet(() -> Steps.refused(this, "run a job"));
  }

  default Decision on(Command.Cancel c, Instant now) {
    return jobs().find(c.job()).isPresent()
        ? new Draft(this, now).about(c.job()).done()
        : Steps.noSuchJob(c.job());
  }

  default Decision on(Command.Move c, Instant now) {
    if (jobs().find(c.job()).isEmpty()) {
      return Steps.noSuchJob(c.job());
    }
    return jobs().position(c.job()) == 0
        ? Steps.refuse(
            "not-waiting",
            "job " + c.job() + " does not wait any more",
            "only waiting jobs can be moved")
        : new Draft(this, now)
            .write(new Event.JobMoved(c.job(), c.position()))
            .about(c.job())
            .done();
  }

  default Decision on(Command.GiveInput c, Instant now) {
    return Steps.noInput(this, c.job(), c.holder())
        .orElseGet(() -> new Draft(this, now).about(c.job()).done());
  }

  default Decision on(Command.Hold c, Instant now) {
    return Steps.hold(this, c, now, draft -> draft);
  }

  default Decision on(Command.LetGo c, Instant now) {
    return Steps.letGo(this, c, now);
  }

  default Decision on(Command.EndInput c, Instant now) {
    return Steps.endInput(this, c, now, draft -> draft);
  }

  /** Also without a link: the next one is told how far the readers of the running job are. */
  default Decision on(Command.MarkRead c, Instant now) {
    return jobs().isRunning(c.job())
        ? new Draft(this, now).act(new Action.MarkRead(c.job(), c.out(), c.err())).done()
        : Decision.nothing();
  }

  default Decision on(Command.Disconnect c, Instant now) {
    return Steps.refused(this, "disconnect");
  }

  default Decision on(Command.Connect c, Instant now) {
    return Steps.refused(this, "connect");
  }

  default Decision on(Command.Repair c, Instant now) {
    return Steps.refuse(
        "not-broken",
        "the session is " + name() + ", there is nothing to repair",
        "repair is for Broken sessions");
  }

  default Decision on(Command.Remove c, Instant now) {
    Draft draft =
        new Draft(this, now).write(new Event.RemovalAsked(Optional.empty())).stopWaiting();
    return c.force() ? Steps.forget(draft) : draft.connect().done();
  }

  default Decision on(Command.BeginCopy c, Instant now) {
    return Steps.refused(this, "copy files");
  }

  /** Whatever has become of the session meanwhile, it is written down how its copy ended. */
  default Decision on(Command.EndCopy c, Instant now) {
    return new Draft(this, now)
        .write(new Event.CopyEnded(c.copy(), c.files(), c.bytes(), c.failure()))
        .done();
  }

  default Decision on(Command.StayInUse c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.Look c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.Wake c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.Park c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.Expire c, Instant now) {
    return Decision.nothing();
  }

  /** The same as a removal, once it is due. */
  default Decision on(Command.Retire c, Instant now) {
    return leavesAt().filter(at -> !now.isBefore(at)).isPresent()
        ? on(new Command.Remove(false), now)
        : Decision.nothing();
  }

  default Decision on(Command.LinkUp c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.LinkFailed c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.LinkDown c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.ShellGone c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.ShellDead c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.JobEnded c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.ShellRenewed c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.EscapeesKilled c, Instant now) {
    return jobs().find(c.job()).isPresent()
        ? new Draft(this, now).write(new Event.EscapeesEnded(c.job(), c.pids())).done()
        : Decision.nothing();
  }

  default Decision on(Command.SpoolsCut c, Instant now) {
    return jobs().uncut().stream().anyMatch(c.jobs()::contains)
        ? new Draft(this, now).write(new Event.SpoolsDeleted(c.jobs())).done()
        : Decision.nothing();
  }

  default Decision on(Command.FarSideEnded c, Instant now) {
    return Decision.nothing();
  }
}
