package dev.holdfast.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.session.Disconnected.Reason;
import dev.holdfast.session.Step.Weather;
import dev.holdfast.session.Target.Fate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The life of a session by example. The whole table is in {@code docs/states.md}. */
class SessionTest {

  private static final Duration GRACE = Duration.ofSeconds(10);

  private final World world = World.opened();

  @Nested
  class Disconnecting {

    @Test
    @DisplayName("behaviour 4: disconnect, then connect: Opened, with the same shell")
    void disconnectThenConnectGivesTheSameShell() {
      world.ask(new Command.Disconnect());
      assertEquals(Reason.ASKED, disconnected().reason());

      world.ask(new Command.Connect());
      world.heal();

      assertInstanceOf(Opened.class, world.session);
      assertEquals(1, world.session.core().incarnation());
      assertEquals(1, world.session.core().generation());
    }

    @Test
    @DisplayName("behaviour 4: a running job goes on while nobody is connected")
    void aRunningJobGoesOnWhileNobodyIsConnected() {
      world.submit("one");
      world.ask(new Command.Disconnect());
      world.happen(new Step.JobEnds(Fate.EXITED_3));

      world.ask(new Command.Connect());
      world.heal();

      assertEquals(Outcome.Kind.FAILED, world.outcome(1));
      assertEquals(List.of(1), world.target.ledger);
    }

    @Test
    @DisplayName("behaviour 5: connect on Opened and disconnect on Disconnected change nothing")
    void connectOnOpenedAndDisconnectOnDisconnectedChangeNothing() {
      assertEquals(Decision.nothing(), world.ask(new Command.Connect()));

      world.ask(new Command.Disconnect());

      assertEquals(Decision.nothing(), world.ask(new Command.Disconnect()));
    }

    @Test
    @DisplayName(
        "behaviour 6: a job for a Disconnected session is queued, and it connects by itself")
    void aJobForADisconnectedSessionConnectsIt() {
      world.ask(new Command.Disconnect());

      assertEquals(accepted(1), world.submit("one"));
      world.heal();

      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
    }
  }

  @Nested
  class Parking {

    @Test
    void anIdleSessionGivesUpItsLinkAndTheNextJobBringsTheSameShellBack() {
      world.ask(new Command.Park());
      assertEquals(Reason.PARKED, disconnected().reason());

      world.submit("one");
      world.heal();

      assertInstanceOf(Opened.class, world.session);
      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
      assertEquals(1, world.session.core().generation());
    }

    @Test
    @DisplayName("behaviour 8: a session that has work is neither parked nor does it expire")
    void aSessionWithWorkIsNotParkedAndDoesNotExpire() {
      world.submit("one");
      assertEquals(Decision.nothing(), world.ask(new Command.Park()));

      world.ask(new Command.Disconnect());
      world.happen(new Step.Expires(false));
      assertEquals(Optional.empty(), disconnected().expiresAt());
      assertEquals(Decision.nothing(), world.ask(new Command.Expire()));
    }

    @Test
    @DisplayName("behaviour 8: when its idle time is over, that is found out and written down")
    void aSessionWhoseIdleTimeIsOverIsBrokenByItself() {
      world.ask(new Command.Park());
      assertEquals(Decision.nothing(), world.ask(new Command.Expire()));

      world.happen(new Step.Expires(true));
      world.ask(new Command.Expire());
      world.heal();

      assertTrue(broken().shellGone());
    }

    @Test
    void aNodeWhoseClockIsAheadEndsNothing() {
      world.ask(new Command.Park());
      world.happen(new Step.Expires(false));
      world.ask(new Command.Expire());
      assertEquals(Reason.EXPIRING, disconnected().reason());
      world.heal();
      assertEquals(Reason.PARKED, disconnected().reason());

      world.happen(new Step.Expires(false));
      world.ask(new Command.Expire());
      world.submit("one");
      world.heal();

      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
      assertEquals(1, world.session.core().incarnation());
    }
  }

  /** With terms by which the session goes when its work is done. */
  @Nested
  class Retiring {

    private final World once =
        World.after(
            List.of(
                new Step.Ask(new Command.Open("k3v9x2m4q7pd", World.FOR_ONCE, World.ANN)),
                new Step.Deliver(0)));

    @Test
    void aSessionIsRemovedWhenItHasHadNoWorkForAsLongAsAgreed() {
      once.submit("one");
      assertEquals(Optional.empty(), once.session.retiresAt());
      once.heal();
      assertEquals(
          Optional.of(((Job.Phase.Ended) once.phase(1)).at().plus(Duration.ofMinutes(10))),
          once.session.retiresAt());
      assertEquals(Decision.nothing(), once.ask(new Command.Retire()));

      once.happen(new Step.Expires(false));
      once.ask(new Command.Retire());
      assertInstanceOf(Removing.class, once.session);
      once.heal();
      assertInstanceOf(Closed.class, once.session);
    }

    @Test
    void aSessionWithWorkStays() {
      once.submit("one");
      once.happen(new Step.Expires(false));

      assertEquals(Decision.nothing(), once.ask(new Command.Retire()));
    }

    @Test
    void aParkedOneGoesToo() {
      once.ask(new Command.Park());
      once.happen(new Step.Expires(false));
      once.ask(new Command.Retire());
      once.heal();

      assertInstanceOf(Closed.class, once.session);
    }

    @Test
    void aBrokenOneGoesWithTheJobsThatWait() {
      once.submit("one");
      once.submit("two");
      once.happen(new Step.ShellDies(Fate.LOST));
      once.heal();
      assertInstanceOf(Broken.class, once.session);
      assertEquals(Decision.nothing(), once.ask(new Command.Retire()));

      once.happen(new Step.Expires(false));
      once.ask(new Command.Retire());
      once.heal();

      assertInstanceOf(Closed.class, once.session);
      assertEquals(Outcome.Kind.STOPPED, once.outcome(2));
    }

    @Test
    void withoutThatAgreementASessionStays() {
      world.happen(new Step.Expires(false));

      assertEquals(Optional.empty(), world.session.retiresAt());
      assertEquals(Decision.nothing(), world.ask(new Command.Retire()));
    }
  }

  /** Who types in a terminal, and who watches. */
  @Nested
  class Terminals {

    @BeforeEach
    void open() {
      world.ask(
          new Command.Submit(
              new JobRequest(
                  "terminal",
                  "(terminal)",
                  "script",
                  Duration.ZERO,
                  1 << 22,
                  true,
                  true,
                  Optional.of(new JobRequest.Terminal(Duration.ofHours(1)))),
              World.ANN));
    }

    private Decision hold(String client, boolean take, int columns) {
      return world.ask(new Command.Hold(1, client, World.ANN, take, columns, 24));
    }

    @Test
    @DisplayName("behaviour 15: one client types, all others are refused")
    void onlyWhoHoldsATerminalTypes() {
      assertEquals("not-held", refused(type("one").reply()).kind());
      hold("one", false, 80);

      assertTrue(type("one").reply() instanceof Reply.Accepted);
      assertEquals("held", refused(type("two").reply()).kind());
      assertEquals("held", refused(hold("two", false, 80).reply()).kind());
    }

    private Decision type(String client) {
      return world.ask(new Command.GiveInput(1, client));
    }

    @Test
    @DisplayName("behaviour 15: a terminal is taken over, and that is written down")
    void aTerminalIsTakenOver() {
      hold("one", false, 80);
      Decision taken = hold("two", true, 80);

      assertEquals(List.of(new Event.TerminalHeld(1, "two", World.ANN, 80, 24)), taken.events());
      assertEquals("held", refused(type("one").reply()).kind());
    }

    @Test
    @DisplayName("behaviour 51: another size is told to the target, at once and by each new link")
    void anotherSizeIsToldToTheTarget() {
      hold("one", false, 80);
      var resize = new Action.ResizeTerminal(1, 132, 24);
      assertTrue(hold("one", false, 132).actions().contains(resize));
      assertEquals(List.of(), hold("one", false, 132).events());

      world.happen(new Step.Cut(true));
      world.heal();
      assertTrue(
          world.history.stream()
              .skip(world.history.size() - 2L)
              .anyMatch(asked -> asked.decision().actions().contains(resize)));
    }

    @Test
    void whoLeavesLeavesItToOthers() {
      hold("one", false, 80);
      world.ask(new Command.LetGo(1, "two"));
      assertEquals("held", refused(hold("two", false, 80).reply()).kind());

      world.ask(new Command.LetGo(1, "one"));
      assertTrue(hold("two", false, 80).reply() instanceof Reply.Accepted);
    }

    @Test
    void aJobThatIsNoTerminalCannotBeHeld() {
      world.submit("plain");
      var hold = new Command.Hold(2, "one", World.ANN, true, 80, 24);

      assertEquals("no-terminal", refused(world.ask(hold).reply()).kind());
    }
  }

  @Nested
  class Refusing {

    @Test
    @DisplayName("behaviour 6: a job for a Closed session is refused with the state named")
    void aJobForAClosedSessionIsRefusedWithTheStateNamed() {
      world.ask(new Command.Remove(false));
      world.heal();

      Cause cause = refused(world.submit("one"));

      assertEquals("closed", cause.kind());
      assertTrue(cause.text().contains("Closed"), cause.text());
    }

    @Test
    @DisplayName("behaviour 6: a job for a Broken session is refused with cause and advice")
    void aJobForABrokenSessionIsRefusedWithCauseAndAdvice() {
      world.happen(new Step.ShellDies(Fate.LOST));
      world.heal();

      Cause cause = refused(world.submit("one"));

      assertEquals("broken", cause.kind());
      assertTrue(cause.text().contains(broken().cause().text()), cause.text());
      assertTrue(cause.advice().contains("holdfast repair"), cause.advice());
    }

    @Test
    @DisplayName("behaviour 7: a session that is not there is not found")
    void aSessionThatIsNotThereIsNotFound() {
      var nobody = new World();

      assertEquals("not-found", refused(nobody.ask(new Command.Look()).reply()).kind());
      assertEquals("not-found", refused(nobody.submit("one")).kind());
      assertEquals("not-found", refused(nobody.ask(new Command.Remove(false)).reply()).kind());
      assertInstanceOf(New.class, nobody.session);
    }

    @Test
    @DisplayName("behaviour 7: a job that is not there is not found")
    void aJobThatIsNotThereIsNotFound() {
      assertEquals("not-found", refused(world.ask(new Command.Cancel(9, GRACE)).reply()).kind());
      assertEquals("not-found", refused(world.ask(new Command.Move(9, 1)).reply()).kind());
    }

    @Test
    void aJobBeyondTheBoundOfTheQueueIsRefusedAndNothingIsKeptOfIt() {
      for (String key : List.of("runs", "1", "2", "3")) {
        assertInstanceOf(Reply.Accepted.class, world.submit(key));
      }

      assertEquals("queue-full", refused(world.submit("4")).kind());
      assertEquals(Optional.empty(), world.session.jobs().withKey("4"));
    }
  }

  @Nested
  class Ending {

    @Test
    @DisplayName("behaviour 10: removal stops the jobs and ends the far side")
    void removalStopsTheJobsAndEndsTheFarSide() {
      world.submit("one");
      world.submit("two");

      world.ask(new Command.Remove(false));
      assertInstanceOf(Removing.class, world.session);
      world.heal();

      assertInstanceOf(Closed.class, world.session);
      assertEquals(Outcome.Kind.STOPPED, world.outcome(1));
      assertEquals(Outcome.Kind.STOPPED, world.outcome(2));
      assertEquals(List.of(1), world.target.ledger);
      assertFalse(world.target.lives(1));
    }

    @Test
    @DisplayName("behaviour 10: removal is repeated until it is confirmed, also over a restart")
    void removalIsRepeatedUntilItIsConfirmed() {
      world.happen(new Step.Turn(Weather.AWAY));
      world.happen(new Step.Cut(false));
      world.happen(new Step.Deliver(0));
      world.ask(new Command.Remove(false));
      for (int i = 0; i < 50; i++) {
        world.happen(new Step.Deliver(0));
        world.happen(new Step.PauseOver());
      }
      world.restart();
      assertInstanceOf(Removing.class, world.session);

      world.heal();

      assertInstanceOf(Closed.class, world.session);
      assertFalse(world.target.lives(1));
    }

    @Test
    @DisplayName("behaviour 10: by force it is forgotten at once, and that is said")
    void byForceItIsForgottenAtOnce() {
      world.submit("one");

      world.ask(new Command.Remove(true));

      assertEquals("forced", ((Closed) world.session).cause().orElseThrow().kind());
      assertEquals(Outcome.Kind.UNKNOWN, world.outcome(1));
    }
  }

  @Nested
  class Breaking {

    @Test
    @DisplayName("behaviour 14: after a reboot the job is Interrupted and the session Broken")
    void afterARebootTheJobIsInterruptedAndTheSessionBroken() {
      world.submit("one");
      world.submit("two");

      world.happen(new Step.ShellDies(Fate.INTERRUPTED));
      world.heal();

      assertTrue(broken().shellGone());
      assertEquals(Outcome.Kind.INTERRUPTED, world.outcome(1));
      assertEquals(List.of(2), world.waiting());
    }

    @Test
    @DisplayName(
        "behaviour 14: repair gives incarnation 2 under the same id, and the queue goes on")
    void repairGivesTheNextIncarnationAndTheQueueGoesOn() {
      world.submit("one");
      world.submit("two");
      world.happen(new Step.ShellDies(Fate.INTERRUPTED));
      world.heal();

      world.ask(new Command.Repair());
      world.heal();

      assertInstanceOf(Opened.class, world.session);
      assertEquals(2, world.session.core().incarnation());
      assertEquals("k3v9x2m4q7pd", world.session.core().id());
      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(2));
      assertEquals(List.of(1, 2), world.target.ledger);
    }

    @Test
    void aPermanentCauseBreaksTheSessionUntilItIsMended() {
      world.submit("one");
      world.happen(new Step.Turn(Weather.DENIED));
      world.happen(new Step.Cut(false));
      world.happen(new Step.Deliver(0));
      world.happen(new Step.Deliver(0));
      assertFalse(broken().shellGone());

      world.happen(new Step.Turn(Weather.CLEAR));
      world.ask(new Command.Connect());
      world.heal();

      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
      assertEquals(1, world.session.core().incarnation());
    }
  }

  @Nested
  class Queueing {

    @Test
    @DisplayName("behaviour 18: jobs run first in, first out, one at a time")
    void jobsRunFirstInFirstOut() {
      world.submit("one");
      world.submit("two");
      world.submit("three");

      assertInstanceOf(Job.Phase.Running.class, world.phase(1));
      assertEquals(List.of(2, 3), world.waiting());
      world.heal();

      assertEquals(List.of(1, 2, 3), world.target.ledger);
    }

    @Test
    @DisplayName("behaviour 18: the queue can be reordered and cancelled")
    void theQueueCanBeReorderedAndCancelled() {
      world.submit("one");
      world.submit("two");
      world.submit("three");
      world.submit("four");

      world.ask(new Command.Move(4, 1));
      world.ask(new Command.Cancel(2, GRACE));
      assertEquals(List.of(4, 3), world.waiting());
      world.heal();

      assertEquals(List.of(1, 4, 3), world.target.ledger);
      assertEquals(Outcome.Kind.STOPPED, world.outcome(2));
    }

    @Test
    @DisplayName("behaviour 18: the queue survives a restart")
    void theQueueSurvivesARestart() {
      world.submit("one");
      world.submit("two");
      world.submit("three");

      world.restart();
      assertEquals(List.of(2, 3), world.waiting());
      world.heal();

      assertEquals(List.of(1, 2, 3), world.target.ledger);
    }

    @Test
    @DisplayName("behaviour 19: the same key submitted twice gives one job and the same answer")
    void theSameKeyGivesOneJobAndTheSameAnswer() {
      Reply first = world.submit("one");

      assertEquals(first, world.submit("one"));
      world.heal();

      assertEquals(first, world.submit("one"));
      assertEquals(List.of(1), world.target.ledger);
    }

    @Test
    @DisplayName(
        "behaviour 24: a cancelled job is told to the target, and is Stopped when that says so")
    void aCancelledJobIsStoppedWhenTheTargetSaysSo() {
      world.submit("one");

      Decision decision = world.ask(new Command.Cancel(1, GRACE));
      assertEquals(List.of(new Action.CancelJob(1, GRACE)), decision.actions());
      assertInstanceOf(Job.Phase.Running.class, world.phase(1));
      world.heal();

      assertEquals(Outcome.Kind.STOPPED, world.outcome(1));
    }

    @Test
    @DisplayName(
        "behaviour 24: a job that ends by itself before the cancel arrives keeps its outcome")
    void aJobThatEndsBeforeTheCancelArrivesKeepsItsOutcome() {
      world.submit("one");
      world.happen(new Step.JobEnds(Fate.EXITED_0));

      world.ask(new Command.Cancel(1, GRACE));
      world.heal();

      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
    }

    @Test
    @DisplayName("behaviour 24: a cancel without a link is done as soon as there is one")
    void aCancelWithoutALinkIsDoneAsSoonAsThereIsOne() {
      world.submit("one");
      world.happen(new Step.Cut(true));
      world.happen(new Step.Turn(Weather.AWAY));
      world.happen(new Step.Deliver(0));

      world.ask(new Command.Cancel(1, GRACE));
      assertEquals(Optional.of(GRACE), world.session.jobs().find(1).orElseThrow().cancel());
      world.heal();

      assertEquals(Outcome.Kind.STOPPED, world.outcome(1));
    }
  }

  @Nested
  class Losing {

    @Test
    @DisplayName("behaviour 31: a lost link is tried again, the reason is shown, all is recovered")
    void aLostLinkIsTriedAgainAndAllIsRecovered() {
      world.submit("one");
      world.happen(new Step.Turn(Weather.AWAY));
      world.happen(new Step.Cut(false));
      world.happen(new Step.Deliver(0));
      world.happen(new Step.Deliver(0));
      assertEquals(Reason.LINK_LOST, disconnected().reason());
      assertTrue(disconnected().lastFailure().isPresent());

      world.happen(new Step.JobEnds(Fate.EXITED_0));
      world.heal();

      assertInstanceOf(Opened.class, world.session);
      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
    }

    @Test
    @DisplayName(
        "behaviour 33: a job whose start was lost with its node is started once by the next")
    void aJobWhoseStartWasLostWithItsNodeIsStartedOnce() {
      world.happen(new Step.Crash(0, 1));

      world.submit("one");
      world.heal();

      assertEquals(List.of(1), world.target.ledger);
      assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
    }

    @Test
    void aSessionThatExpiredWhileNobodyWasConnectedIsBroken() {
      world.ask(new Command.Disconnect());
      world.happen(new Step.Expires(true));

      world.ask(new Command.Connect());
      world.heal();

      assertTrue(broken().shellGone());
      assertEquals("broken", refused(world.ask(new Command.Connect()).reply()).kind());
    }
  }

  private Disconnected disconnected() {
    return assertInstanceOf(Disconnected.class, world.session);
  }

  private Broken broken() {
    return assertInstanceOf(Broken.class, world.session);
  }

  private static Cause refused(Reply reply) {
    return assertInstanceOf(Reply.Refused.class, reply).cause();
  }

  private static Reply accepted(int job) {
    return new Reply.Accepted(OptionalInt.of(job));
  }
}
