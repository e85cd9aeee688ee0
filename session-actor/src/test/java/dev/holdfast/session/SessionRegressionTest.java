package dev.holdfast.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.session.Command.LinkFailed.Next;
import dev.holdfast.session.Step.Weather;
import dev.holdfast.session.Target.Fate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What was wrong once. */
class SessionRegressionTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final Cause REFUSED = new Cause("refused", "nobody listens", "start sshd");

  /** It opened a link, and then ignored it, for the session still stood as disconnected on wish. */
  @Test
  void aNodeThatWakesWithAQueueBehindADisconnectRunsIt() {
    World world = World.opened();
    world.submit("one");
    world.submit("two");
    world.ask(new Command.Disconnect());

    world.restart();
    world.heal();

    assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
    assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(2));
  }

  /** The cancel was accepted, and nobody was left who would tell the target. */
  @Test
  void aCancelThatWasLostBeforeADisconnectIsOwedToTheTarget() {
    World world = World.opened();
    world.submit("one");
    world.happen(new Step.Cut(true));
    world.ask(new Command.Cancel(1, GRACE));
    world.ask(new Command.Disconnect());

    world.restart();
    world.heal();

    assertEquals(Outcome.Kind.STOPPED, world.outcome(1));
    assertEquals(Fate.CANCELLED, world.target.fate(1).orElseThrow());
  }

  /** The attempt that died with the node was forgotten, and with it the shell it had started. */
  @Test
  void aShellThatWasStartedJustBeforeACrashIsCleanedUpWhenTheOpeningFails() {
    World world = new World();
    world.ask(World.OPEN);
    world.happen(new Step.Turn(Weather.AWAY));
    world.restart();
    assertTrue(world.target.lives(1));

    world.heal();

    assertInstanceOf(Closed.class, world.session);
    assertFalse(world.target.lives(1));
  }

  /** Where no shell can be started, the removal asked for one for ever. */
  @Test
  void aRemovalDoesNotStartTheShellThatItIsToEnd() {
    World world = new World();
    world.ask(World.OPEN);

    Decision decision =
        world.ask(new Command.LinkFailed(1, REFUSED, Next.GIVE_UP, true)); // no such shell there

    assertEquals(List.of(new Action.Connect(2, false, false)), decision.actions());
  }

  /** It was shown as a session that could not be opened. */
  @Test
  void aRemovalThatTookSomeAttemptsLeavesNoCause() {
    World world = World.opened();
    world.happen(new Step.Cut(false));
    world.happen(new Step.Turn(Weather.AWAY));
    world.happen(new Step.Deliver(0));
    world.ask(new Command.Remove(false));
    world.happen(new Step.Deliver(0));
    world.happen(new Step.Deliver(0));

    world.heal();

    assertEquals(Optional.empty(), ((Closed) world.session).cause());
  }

  /** The failure of the clean-up was reported in its place. */
  @Test
  void whyASessionCouldNotBeOpenedIsKeptWhateverItsCleanUpMeets() {
    World world = new World();
    world.ask(World.OPEN);
    Cause noShell = new Cause("target-unfit", "there is no zsh", "install it");

    world.ask(new Command.LinkFailed(1, noShell, Next.GIVE_UP, true));
    world.ask(new Command.LinkFailed(2, REFUSED, Next.RETRY_IF_OPEN, false));
    world.ask(new Command.FarSideEnded(2));

    assertEquals(Optional.of(noShell), ((Closed) world.session).cause());
  }

  /** Each job asked for all spools again, until the answers were too many for the link. */
  @Test
  void spoolsAreAskedToBeCutOnceForSixteenJobs() {
    World world = World.opened();
    Session session = world.session;
    long asked = 0;
    for (int i = 1; i <= 31; i++) {
      session = after(session, World.submission("job-" + i).decide(session, NOW));
      var ended = new Command.JobEnded(1, i, Outcome.exited(0)).decide(session, NOW);
      asked += ended.actions().stream().filter(Action.CutSpools.class::isInstance).count();
      session = after(session, ended);
    }
    assertEquals(1, asked);
  }

  private static Session after(Session session, Decision decision) {
    Session now = session;
    for (Event event : decision.events()) {
      now = event.evolve(now, NOW);
    }
    return now;
  }

  /** It was called Stopped, though the target knew better. */
  @Test
  void aJobThatHadEndedBeforeARemovalKeepsItsOutcome() {
    World world = World.opened();
    world.submit("one");
    world.happen(new Step.Cut(true));
    world.happen(new Step.JobEnds(Fate.EXITED_0));
    world.ask(new Command.Remove(false));

    world.heal();

    assertInstanceOf(Closed.class, world.session);
    assertEquals(Outcome.Kind.SUCCEEDED, world.outcome(1));
  }

  /** It was called Stopped, and nobody knew. */
  @Test
  void aJobWhoseShellIsNotFoundByARemovalIsUnknown() {
    World world = World.opened();
    world.submit("one");
    world.ask(new Command.Remove(false));
    world.happen(new Step.Cut(true)); // the far side was ended, but that is not heard

    world.heal();

    assertEquals(Outcome.Kind.UNKNOWN, world.outcome(1));
  }

  /** The client that had not heard the first answer was refused. */
  @Test
  void endingTheInputTwiceAtTheSamePlaceIsOneEnd() {
    World world = World.opened();
    world.submit("one");
    world.ask(new Command.EndInput(1, 7));

    assertEquals(
        new Decision(List.of(), List.of(), new Reply.Accepted(OptionalInt.of(1))),
        world.ask(new Command.EndInput(1, 7)));
    assertInstanceOf(Reply.Refused.class, world.ask(new Command.EndInput(1, 8)).reply());
  }

  /** It was accepted, and lay there until somebody connected for another reason. */
  @Test
  void inputForAJobOfADisconnectedSessionConnectsIt() {
    World world = World.opened();
    world.submit("one");
    world.ask(new Command.Disconnect());

    world.ask(new Command.GiveInput(1));
    world.happen(new Step.Deliver(0));

    assertInstanceOf(Opened.class, world.session);
  }

  /** A key was forgotten as soon as its session was being removed. */
  @Test
  void aKeyIsKnownAlsoWhenItsSessionIsClosed() {
    World world = World.opened();
    Reply first = world.submit("one");
    world.ask(new Command.Remove(false));
    assertEquals(first, world.submit("one"));

    world.heal();

    assertEquals(first, world.submit("one"));
  }

  /** Characters were counted, and there may be three bytes in one. */
  @Test
  void theQueueCountsBytesNotCharacters() {
    assertEquals(10, request("true # ok\n").scriptBytes());
    assertEquals(7, request("grüße").scriptBytes());
    assertEquals(4, request("a€").scriptBytes());
    assertEquals(4, request("😀").scriptBytes());
  }

  /** Each attempt that reached the target was written, for as long as it was ill. */
  @Test
  void anAttemptThatFailsAsTheOneBeforeIsNotWrittenAgain() {
    World world = World.opened();
    world.ask(new Command.LinkDown(1, REFUSED));
    var failed = new Command.LinkFailed(2, REFUSED, Next.RETRY_IF_OPEN, true);
    world.ask(failed);

    Decision decision = failed.decide(world.session, NOW);

    assertEquals(List.of(), decision.events());
    assertEquals(List.of(new Action.Connect(2, false, true)), decision.actions());
  }

  /** It stayed Opened, with nobody at the other end. */
  @Test
  void aShellThatGoesWhileTheLinkIsUpBreaksTheSession() {
    World world = World.opened();
    world.submit("one");

    Decision decision = world.ask(new Command.ShellDead(1, REFUSED));

    assertInstanceOf(Broken.class, world.session);
    assertEquals(List.of(new Action.Settle(1)), decision.actions());
  }

  /** It was believed, and the link that could have settled the job was gone: no repair, ever. */
  @Test
  void aReportThatCrossesADisconnectIsHeardAgainAtTheNextUse() {
    World world = World.opened();
    world.submit("one");
    world.happen(new Step.ShellDies(Fate.INTERRUPTED));
    world.happen(new Step.Deliver(0)); // the link is down; the next one finds a dead shell
    world.ask(new Command.Disconnect());
    world.happen(new Step.Deliver(0)); // and that is heard only now
    assertInstanceOf(Disconnected.class, world.session);

    world.ask(new Command.Connect());
    world.heal();

    assertEquals(Outcome.Kind.INTERRUPTED, world.outcome(1));
    assertInstanceOf(Reply.Accepted.class, world.ask(new Command.Repair()).reply());
  }

  /** The node died between the last event and the deletion, and the output stayed for ever. */
  @Test
  void theOutputOfAClosedSessionIsForgottenAlsoAfterACrash() {
    World world = World.opened();
    world.ask(new Command.Remove(true));

    assertEquals(
        List.of(new Action.ForgetAllOutput()),
        new Command.Wake().decide(world.session, NOW).actions());
  }

  /** It was answered with a job that was not found, or not at all. */
  @Test
  void whateverIsAskedOfASessionThatIsNotThereTheAnswerNamesTheSession() {
    for (Command command :
        List.of(
            World.submission("one"),
            new Command.Cancel(1, GRACE),
            new Command.Move(1, 1),
            new Command.GiveInput(1),
            new Command.EndInput(1, 0),
            new Command.MarkRead(1, 0, 0),
            new Command.Look())) {
      Reply reply = command.decide(new New(), NOW).reply();
      assertEquals("there is no such session", ((Reply.Refused) reply).cause().text());
    }
  }

  private static JobRequest request(String script) {
    return new JobRequest("key", "label", script, Duration.ZERO, 0, false, false);
  }
}
