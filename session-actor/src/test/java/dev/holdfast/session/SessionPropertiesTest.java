package dev.holdfast.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.session.Target.Fate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * What holds for every life of a session: any order of commands, reports that are late, repeated or
 * lost, attempts that fail in every way, shells that die, and a node that is killed while it acts.
 */
class SessionPropertiesTest {

  private static final int TRIES = 500;
  private static final int STEPS = 60;

  // ---- started once, in order, one at a time

  /** That two never run at a time, and none that the session does not know of, World asserts. */
  @Property(tries = TRIES)
  void noJobIsStartedTwice(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.heal();
    world.restart();
    world.heal();

    assertEquals(
        world.target.ledger.stream().distinct().toList(),
        world.target.ledger,
        "what was started on the target");
  }

  @Property(tries = TRIES)
  void jobsStartInTheOrderOfTheQueue(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.heal();

    var queue = new Queue();
    for (World.Asked asked : world.history) {
      queue.follow(asked);
      assertEquals(
          queue.waiting,
          asked.after().jobs().waiting().stream().map(Job::number).toList(),
          () -> "the queue after " + asked.command());
    }
    List<Integer> handedOut = queue.started;
    assertEquals(
        handedOut.stream().filter(world.target.ledger::contains).toList(),
        world.target.ledger,
        "what was started on the target, in the order in which it was handed out");
  }

  // ---- nothing is lost

  @Property(tries = TRIES)
  void everyAcceptedJobIsThereUntilItHasEndedAndIsForgotten(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.heal();

    var ended = new HashSet<Integer>();
    var there = new HashSet<Integer>();
    for (World.Asked asked : world.history) {
      for (Event event : asked.decision().events()) {
        if (event instanceof Event.JobQueued queued) {
          there.add(queued.number());
        } else if (event instanceof Event.JobFinished finished) {
          assertTrue(ended.add(finished.number()), () -> "ended twice: " + finished);
        } else if (event instanceof Event.JobsForgotten forgotten) {
          assertTrue(ended.containsAll(forgotten.jobs()), "only ended jobs are forgotten");
          there.removeAll(forgotten.jobs());
        }
      }
      Jobs jobs = asked.after().jobs();
      assertEquals(there, Set.copyOf(jobs.all().map(Job::number).toList()));
      assertEquals(there.size(), jobs.all().count(), "each job is in one place");
    }
  }

  @Property(tries = TRIES)
  void theSameKeyIsTheSameJob(@ForAll("lives") List<Step> life) {
    World world = World.after(life);

    for (World.Asked asked : world.history) {
      if (asked.command() instanceof Command.Submit submit) {
        Optional<Job> known = asked.before().jobs().withKey(submit.request().key());
        known.ifPresent(
            job ->
                assertEquals(
                    new Decision(
                        List.of(), List.of(), new Reply.Accepted(OptionalInt.of(job.number()))),
                    asked.decision()));
      }
      List<String> keys = asked.after().jobs().all().map(job -> job.request().key()).toList();
      assertEquals(keys.stream().distinct().toList(), keys);
    }
  }

  @Property(tries = TRIES)
  void theQueueAndTheMemoryAreBounded(@ForAll("lives") List<Step> life) {
    for (World.Asked asked : World.after(life).history) {
      Jobs jobs = asked.after().jobs();
      assertTrue(jobs.waiting().size() <= World.TERMS.queueLength());
      assertTrue(jobs.bytesWaiting() <= World.TERMS.queueBytes());
      assertTrue(jobs.ended().size() <= World.TERMS.jobsKept());
    }
  }

  // ---- what is said is true

  @Property(tries = TRIES)
  void everyOutcomeIsTheTargets(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.heal();

    for (World.Entry entry : world.journal) {
      if (entry.event() instanceof Event.JobFinished finished) {
        int job = finished.number();
        boolean started = world.target.ledger.contains(job);
        Fate fate = world.target.fate(job).orElse(Fate.VOID);
        Outcome outcome = finished.outcome();
        boolean isTrue =
            switch (outcome.kind()) {
              case SUCCEEDED -> fate == Fate.EXITED_0;
              case FAILED -> fate == Fate.EXITED_3 && outcome.exitCode().orElseThrow() == 3;
              case STOPPED -> !started || fate == Fate.CANCELLED || fate == Fate.KILLED;
              case TIMED_OUT -> fate == Fate.TIMED_OUT;
              case NEVER_STARTED -> !started;
              case INTERRUPTED -> fate == Fate.INTERRUPTED;
              case UNKNOWN -> world.harmed;
            };
        assertTrue(isTrue, () -> finished + ", but on the target " + fate + ", " + started);
      }
    }
  }

  @Property(tries = TRIES)
  void replayingTheEventsGivesTheSameState(@ForAll("lives") List<Step> life) {
    World world = World.after(life);

    assertEquals(world.replayed(), world.session);
    Session before = new New();
    for (World.Asked asked : world.history) {
      assertEquals(before, asked.before());
      before = asked.after();
    }
  }

  @Property(tries = TRIES)
  void reportsOfAnOlderEpochChangeNothing(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    List<Command.Report> reports = world.arrivedReports();
    world.heal();

    for (Command.Report report : reports) {
      if (report.epoch() < world.session.core().epoch()) {
        assertEquals(Decision.nothing(), report.decide(world.session, world.now()));
      }
    }
    for (World.Asked asked : world.history) {
      if (asked.command() instanceof Command.Report report
          && report.epoch() != asked.before().core().epoch()) {
        assertEquals(Decision.nothing(), asked.decision());
      }
    }
  }

  @Property(tries = TRIES)
  void aRefusalChangesNothing(@ForAll("lives") List<Step> life) {
    for (World.Asked asked : World.after(life).history) {
      if (asked.decision().reply() instanceof Reply.Refused) {
        assertEquals(List.of(), asked.decision().events());
        assertEquals(List.of(), asked.decision().actions());
      }
    }
  }

  // ---- it comes to rest

  @Property(tries = TRIES)
  void whenTheWorldIsKindEverythingAcceptedEnds(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.heal();
    assertRest(world);

    wantALink(world);
    assertIdle(world);
  }

  @Property(tries = TRIES)
  void aNodeThatWakesAsksForEverythingOwed(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.restart();
    world.heal();

    assertRest(world);
    Session session = world.session;
    assertTrue(
        session instanceof Broken || !session.jobs().owed(),
        () -> "something waits for nobody: " + session);
  }

  @Property(tries = TRIES)
  void aRemovalEndsClosedAndLeavesNothingBehind(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.ask(new Command.Remove(false));
    world.heal();

    assertTrue(
        world.session instanceof Closed || world.session instanceof New,
        () -> world.session.toString());
    assertTrue(world.session.jobs().idle());
    assertTrue(
        world.abandoned || !world.target.lives(world.session.core().incarnation()),
        "the far side is gone");
  }

  @Property(tries = TRIES)
  void aSessionThatCouldNotBeOpenedLeavesNothingBehind(@ForAll("lives") List<Step> life) {
    World world = World.after(life);
    world.heal();

    if (world.session instanceof Closed && !world.abandoned) {
      assertTrue(!world.target.lives(world.session.core().incarnation()));
    }
  }

  /** Nothing is under way, and nothing that could go on waits. */
  private static void assertRest(World world) {
    Session session = world.session;
    if (session instanceof Opened) {
      assertTrue(session.jobs().idle(), () -> "work is left undone: " + session);
    } else if (session instanceof Broken broken) {
      assertTrue(
          !broken.shellGone() || session.jobs().running().isEmpty(),
          () -> "nobody asks what became of the job: " + session);
    } else if (session instanceof Disconnected disconnected) {
      assertTrue(disconnected.rests(), session::toString);
    } else {
      assertTrue(
          session instanceof New || session instanceof Closed,
          () -> "it does not come to rest: " + session);
    }
  }

  /** Connects, or repairs, until there is a link. */
  private static void wantALink(World world) {
    for (int i = 0; i < 3; i++) {
      if (world.session instanceof Broken broken && broken.shellGone()) {
        assertInstanceOf(
            Reply.Accepted.class, world.ask(new Command.Repair()).reply(), "a repair is possible");
      } else {
        world.ask(new Command.Connect());
      }
      world.heal();
    }
  }

  private static void assertIdle(World world) {
    Session session = world.session;
    assertTrue(
        session instanceof Opened || session instanceof Closed || session instanceof New,
        session::toString);
    assertTrue(session.jobs().idle(), () -> "work is left undone: " + session);
  }

  /** The queue, as a client would draw it. */
  private static final class Queue {
    private final List<Integer> waiting = new ArrayList<>();
    private final List<Integer> started = new ArrayList<>();
    private final Map<String, Integer> keys = new HashMap<>();

    private void follow(World.Asked asked) {
      Command command = asked.command();
      boolean accepted = asked.decision().reply() instanceof Reply.Accepted;
      if (command instanceof Command.Submit submit && accepted) {
        int number = ((Reply.Accepted) asked.decision().reply()).job().orElseThrow();
        if (!Integer.valueOf(number).equals(keys.put(submit.request().key(), number))) {
          waiting.add(number);
        }
      } else if (command instanceof Command.Move move && accepted) {
        waiting.remove(Integer.valueOf(move.job()));
        waiting.add(Math.min(Math.max(move.position(), 1) - 1, waiting.size()), move.job());
      } else if (command instanceof Command.Cancel cancel && accepted) {
        waiting.remove(Integer.valueOf(cancel.job()));
      }
      for (Event event : asked.decision().events()) {
        if (event instanceof Event.JobStarted start) {
          assertEquals(waiting.remove(0), start.number(), "the first in the queue is started");
          started.add(start.number());
        } else if (event instanceof Event.RemovalAsked) {
          waiting.clear();
        }
      }
      if (asked.after() instanceof Closed) {
        waiting.clear();
      }
    }
  }

  // ---- lives

  @Provide
  Arbitrary<List<Step>> lives() {
    Arbitrary<List<Step>> openings =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.just(List.of())),
            Tuple.of(2, weather().map(turn -> List.of(turn, open()))),
            Tuple.of(2, crash().map(crash -> List.of(crash, open()))),
            Tuple.of(2, weather().map(turn -> List.of(open(), turn, new Step.Crash(0, 0)))),
            Tuple.of(8, Arbitraries.just(List.of(open(), new Step.Deliver(0)))));
    return Combinators.combine(openings, steps().list().ofMaxSize(STEPS))
        .as(
            (opening, rest) -> {
              var life = new ArrayList<>(opening);
              life.addAll(rest);
              return life;
            });
  }

  private static Step open() {
    return new Step.Ask(World.OPEN);
  }

  private static Arbitrary<Step> steps() {
    Arbitrary<Integer> number = Arbitraries.integers().between(0, 5);
    return Arbitraries.frequencyOf(
        Tuple.of(20, commands().map(Step.Ask::new)),
        Tuple.of(20, number.map(Step.Deliver::new)),
        Tuple.of(2, Arbitraries.integers().between(0, 30).map(Step.Redeliver::new)),
        Tuple.of(4, Arbitraries.just(new Step.PauseOver())),
        Tuple.of(3, weather()),
        Tuple.of(3, Arbitraries.just(new Step.Turn(Step.Weather.CLEAR))),
        Tuple.of(3, Arbitraries.of(true, false).map(Step.Cut::new)),
        Tuple.of(
            6, Arbitraries.of(Fate.EXITED_0, Fate.EXITED_3, Fate.TIMED_OUT).map(Step.JobEnds::new)),
        Tuple.of(1, Arbitraries.of(Fate.INTERRUPTED, Fate.LOST).map(Step.ShellDies::new)),
        Tuple.of(1, Arbitraries.of(true, true, false).map(Step.Expires::new)),
        Tuple.of(3, crash()));
  }

  private static Arbitrary<Step> weather() {
    return Arbitraries.of(Step.Weather.values()).map(Step.Turn::new);
  }

  private static Arbitrary<Step> crash() {
    Arbitrary<Integer> kept = Arbitraries.integers().between(0, 4);
    Arbitrary<Integer> wakes = Arbitraries.integers().between(0, 2);
    return Combinators.combine(kept, wakes).as(Step.Crash::new);
  }

  private static Arbitrary<Command> commands() {
    Arbitrary<Integer> job = Arbitraries.integers().between(1, 8);
    Arbitrary<Integer> position = Arbitraries.integers().between(0, 5);
    return Arbitraries.frequencyOf(
        Tuple.of(12, submits()),
        Tuple.of(4, job.map(n -> new Command.Cancel(n, Duration.ofSeconds(10)))),
        Tuple.of(3, Combinators.combine(job, position).as(Command.Move::new)),
        Tuple.of(1, job.map(Command.GiveInput::new)),
        Tuple.of(1, job.map(n -> new Command.EndInput(n, 7))),
        Tuple.of(1, job.map(n -> new Command.MarkRead(n, 1, 1))),
        Tuple.of(
            1,
            Combinators.combine(job, Arbitraries.of("one", "two"), Arbitraries.of(true, false))
                .as((n, client, take) -> new Command.Hold(n, client, World.ANN, take, 80, 24))),
        Tuple.of(1, job.map(n -> new Command.LetGo(n, "one"))),
        Tuple.of(2, Arbitraries.just(new Command.Disconnect())),
        Tuple.of(2, Arbitraries.just(new Command.Connect())),
        Tuple.of(1, Arbitraries.just(new Command.Repair())),
        Tuple.of(
            1,
            Arbitraries.frequency(Tuple.of(5, false), Tuple.of(1, true)).map(Command.Remove::new)),
        Tuple.of(2, Arbitraries.just(new Command.Park())),
        Tuple.of(2, Arbitraries.just(new Command.Expire())),
        Tuple.of(1, Arbitraries.just(new Command.Retire())),
        Tuple.of(1, Arbitraries.just(World.OPEN)));
  }

  private static Arbitrary<Command> submits() {
    Arbitrary<String> keys = Arbitraries.integers().between(1, 12).map(n -> "key-" + n);
    Arbitrary<String> scripts =
        Arbitraries.of("true", "printf 'grüße'", "a script of forty bytes, no more, no ...");
    Arbitrary<Optional<JobRequest.Terminal>> terminals =
        Arbitraries.of(Optional.empty(), Optional.of(new JobRequest.Terminal(Duration.ofHours(1))));
    return Combinators.combine(keys, scripts, Arbitraries.of(true, false), terminals)
        .as(
            (key, script, input, terminal) ->
                new Command.Submit(
                    new JobRequest(key, "a job", script, Duration.ZERO, 0, false, input, terminal),
                    World.ANN));
  }
}
