package dev.holdfast.session;

import dev.holdfast.session.Command.LinkFailed.Next;
import dev.holdfast.session.Step.Weather;
import dev.holdfast.session.Target.Fate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A node with one session, and its target: it decides, writes, acts, dies and wakes as the actor
 * does, but every loss and delay belongs to the test.
 */
final class World {

  static final Terms TERMS =
      new Terms(
          "web",
          "local:",
          "sh",
          Map.of(),
          Duration.ofHours(24),
          Duration.ofSeconds(20),
          3,
          40,
          4,
          "",
          Duration.ZERO);

  /** One that is removed when it has had no work for ten minutes. */
  static final Terms FOR_ONCE =
      new Terms(
          "once",
          "local:",
          "sh",
          Map.of(),
          Duration.ofHours(24),
          Duration.ofSeconds(20),
          3,
          40,
          4,
          "",
          Duration.ofMinutes(10));

  static final Origin ANN = new Origin("ann", "acme", "10.0.0.7");

  static final Command OPEN = new Command.Open("k3v9x2m4q7pd", TERMS, ANN);

  private static final Cause WHY = new Cause("lost", "it was lost", "wait");
  private static final int ATTEMPTS = 1_000;

  /** One link, as its owner holds it; {@code followed}: the job whose end it will tell. */
  private static final class Link {
    private final long epoch;
    private final int attempt;
    private final int incarnation;
    private boolean up;
    private OptionalInt followed = OptionalInt.empty();
    private final List<Command.Report> underWay = new ArrayList<>();

    private Link(long epoch, int attempt, int incarnation) {
      this.epoch = epoch;
      this.attempt = attempt;
      this.incarnation = incarnation;
    }
  }

  private record Arrived(Link from, Command.Report report) {}

  /** An event and when it was written. */
  record Entry(Instant at, Event event) {}

  /** What was asked, by whomever, and what came of it. */
  record Asked(Command command, Session before, Decision decision, Session after) {}

  final Target target = new Target();
  final List<Entry> journal = new ArrayList<>();
  Session session = new New();
  final List<Asked> history = new ArrayList<>();

  /** Whether something has happened after which nobody may know how a job ended. */
  boolean harmed;

  /** Whether a shell may have been left behind, because somebody said that it does not matter. */
  boolean abandoned;

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private Weather weather = Weather.CLEAR;
  private final List<Link> links = new ArrayList<>();
  private final List<Arrived> arrived = new ArrayList<>();
  private Optional<Link> link = Optional.empty();
  private Optional<Action.Connect> due = Optional.empty();
  private int attempt;
  private Optional<Step.Crash> crash = Optional.empty();

  /** Lives the whole of a life. */
  static World after(List<Step> life) {
    World world = new World();
    life.forEach(world::happen);
    return world;
  }

  /** A session whose link is up. */
  static World opened() {
    return after(List.of(new Step.Ask(OPEN), new Step.Deliver(0)));
  }

  // ---- what happens

  void happen(Step step) {
    now = now.plusSeconds(1);
    if (step instanceof Step.Ask ask) {
      ask(ask.command());
    } else if (step instanceof Step.Deliver deliver) {
      List<Link> talking = links.stream().filter(l -> !l.underWay.isEmpty()).toList();
      if (!talking.isEmpty()) {
        deliver(talking.get(deliver.link() % talking.size()));
      }
    } else if (step instanceof Step.Redeliver again) {
      if (!arrived.isEmpty()) {
        arrive(arrived.get(again.report() % arrived.size()));
      }
    } else if (step instanceof Step.PauseOver) {
      due.ifPresent(this::open);
    } else if (step instanceof Step.Turn turn) {
      weather = turn.weather();
    } else if (step instanceof Step.Cut cut) {
      link.filter(l -> l.up).ifPresent(l -> cut(l, cut.silently()));
    } else if (step instanceof Step.JobEnds ends) {
      target.endRunning(incarnation(), ends.how()).ifPresent(this::tellEnd);
    } else if (step instanceof Step.ShellDies dies) {
      harmed = true;
      target.die(incarnation(), dies.ofJob());
      link.filter(l -> l.up).ifPresent(l -> cut(l, true));
    } else if (step instanceof Step.Expires expires) {
      now = now.plus(TERMS.idleTimeout());
      if (expires.there() && link.isEmpty()) {
        harmed = true;
        target.expire(incarnation());
      }
    } else if (step instanceof Step.Crash dies) {
      crash = Optional.of(dies);
    }
  }

  /** The world is kind from now on: what is under way arrives, and what runs ends well. */
  void heal() {
    crash = Optional.empty();
    weather = Weather.CLEAR;
    for (int round = 0; round < 200 && busy(); round++) {
      now = now.plusSeconds(1);
      if (links.stream().anyMatch(l -> !l.underWay.isEmpty())) {
        deliver(links.stream().filter(l -> !l.underWay.isEmpty()).findFirst().orElseThrow());
      } else if (due.isPresent()) {
        open(due.get());
      } else {
        target.endRunning(incarnation(), Fate.EXITED_0).ifPresent(this::tellEnd);
      }
    }
    if (busy()) {
      throw new AssertionError("no rest is found: " + session);
    }
  }

  private boolean busy() {
    return due.isPresent()
        || links.stream().anyMatch(l -> !l.underWay.isEmpty())
        || session.jobs().running().filter(job -> followed(job.number())).isPresent();
  }

  private boolean followed(int job) {
    return link.filter(l -> l.up && l.followed.equals(OptionalInt.of(job))).isPresent()
        && target.runs(incarnation(), job);
  }

  /** The node dies, with whatever it was about to do, and comes back. */
  void restart() {
    crash = Optional.empty();
    die();
    ask(new Command.Wake());
  }

  Decision ask(Command command) {
    Session before = session;
    Decision decision = command.decide(session, now);
    if (command instanceof Command.Remove remove && remove.force()) {
      abandoned = true;
      harmed = true;
    }
    if (command instanceof Command.Repair && decision.reply() instanceof Reply.Accepted) {
      abandoned |= target.lives(incarnation());
      harmed = true;
    }
    for (Event event : decision.events()) {
      journal.add(new Entry(now, event));
      session = event.evolve(session, now);
    }
    history.add(new Asked(command, before, decision, session));
    Optional<Step.Crash> dies = crash;
    crash = Optional.empty();
    decision.actions().stream()
        .limit(dies.map(Step.Crash::kept).orElse(Integer.MAX_VALUE))
        .forEach(this::perform);
    dies.ifPresent(this::comeBack);
    return decision;
  }

  private void comeBack(Step.Crash dies) {
    die();
    crash =
        dies.wakes() == 0
            ? Optional.empty()
            : Optional.of(new Step.Crash(dies.kept(), dies.wakes() - 1));
    ask(new Command.Wake());
  }

  private void die() {
    hangUp();
    session = replayed();
  }

  /** The state that the journal alone gives. */
  Session replayed() {
    Session replayed = new New();
    for (Entry entry : journal) {
      replayed = entry.event().evolve(replayed, entry.at());
    }
    return replayed;
  }

  /** Submits a job under this key; what is answered. */
  Reply submit(String key) {
    return ask(submission(key)).reply();
  }

  static Command.Submit submission(String key) {
    return new Command.Submit(
        new JobRequest(key, "make", "make", Duration.ZERO, 0, false, true), ANN);
  }

  /** Where a job is in its life. */
  Job.Phase phase(int job) {
    return session.jobs().find(job).orElseThrow().phase();
  }

  /** How a job has ended. */
  Outcome.Kind outcome(int job) {
    return ((Job.Phase.Ended) phase(job)).outcome().kind();
  }

  List<Integer> waiting() {
    return session.jobs().waiting().stream().map(Job::number).toList();
  }

  List<Command.Report> arrivedReports() {
    return arrived.stream().map(Arrived::report).toList();
  }

  Instant now() {
    return now;
  }

  // ---- the node's hands

  private void perform(Action action) {
    if (action instanceof Action.Connect connect) {
      hangUp();
      attempt = connect.retry() ? attempt + 1 : 0;
      if (connect.retry()) {
        due = Optional.of(connect);
      } else {
        open(connect);
      }
    } else if (action instanceof Action.Hurry) {
      due.ifPresent(this::open);
    } else if (action instanceof Action.HangUp) {
      hangUp();
    } else {
      link.filter(l -> l.up).ifPresent(l -> perform(l, action));
    }
  }

  private void hangUp() {
    link = Optional.empty();
    due = Optional.empty();
  }

  private void open(Action.Connect connect) {
    due = Optional.empty();
    Link opened = new Link(connect.epoch(), attempt, incarnation());
    links.add(opened);
    link = Optional.of(opened);
    switch (weather) {
      case AWAY -> fail(opened, Next.RETRY_IF_OPEN, false);
      case BUSY -> fail(opened, Next.RETRY, false);
      case DENIED -> fail(opened, Next.GIVE_UP, false);
      case DEAF -> {
        attach(opened, connect.create());
        fail(opened, Next.RETRY_IF_OPEN, true);
      }
      case CLEAR, FULL -> {
        long epoch = opened.epoch;
        switch (attach(opened, connect.create())) {
          case UP -> {
            opened.up = true;
            opened.underWay.add(new Command.LinkUp(epoch, "boot", 1));
          }
          case DEAD -> {
            opened.up = true;
            opened.underWay.add(new Command.ShellDead(epoch, WHY));
          }
          case GONE -> {
            harmed = true;
            opened.underWay.add(new Command.ShellGone(epoch, WHY));
          }
          case FENCED -> throw new AssertionError("nobody else is there to be fenced by");
        }
      }
    }
  }

  private Target.Answer attach(Link by, boolean create) {
    return target.attach(by.incarnation, by.epoch * ATTEMPTS + by.attempt, create);
  }

  private static void fail(Link link, Next next, boolean touched) {
    link.underWay.add(new Command.LinkFailed(link.epoch, WHY, next, touched));
  }

  private void perform(Link up, Action action) {
    if (action instanceof Action.Start start) {
      start(up, start.job().number());
    } else if (action instanceof Action.Settle settle) {
      tell(up, settle.job(), target.settle(up.incarnation, settle.job()));
    } else if (action instanceof Action.CancelJob cancel) {
      if (target.runs(up.incarnation, cancel.job())) {
        target.endRunning(up.incarnation, Fate.CANCELLED);
        tell(up, cancel.job(), Fate.CANCELLED);
      }
    } else if (action instanceof Action.CutSpools cut) {
      up.underWay.add(new Command.SpoolsCut(up.epoch, cut.jobs()));
    } else if (action instanceof Action.EndFarSide) {
      target.end(up.incarnation);
      up.underWay.add(new Command.FarSideEnded(up.epoch));
    }
  }

  private void start(Link up, int job) {
    if (session.jobs().running().filter(j -> j.number() == job).isEmpty()) {
      throw new AssertionError("job " + job + " is started, and nobody knows of it: " + session);
    }
    if (weather == Weather.FULL && target.fate(up.incarnation, job).isEmpty()) {
      end(up, job, Outcome.of(Outcome.Kind.NEVER_STARTED, WHY));
    } else {
      tell(up, job, target.start(up.incarnation, job));
    }
  }

  // ---- what the links say

  private void tellEnd(int job) {
    link.filter(l -> l.up && l.followed.equals(OptionalInt.of(job)))
        .ifPresent(l -> tell(l, job, target.fate(l.incarnation, job).orElseThrow()));
  }

  private static void tell(Link up, int job, Fate fate) {
    switch (fate) {
      case RUNNING -> up.followed = OptionalInt.of(job);
      case EXITED_0 -> end(up, job, Outcome.exited(0));
      case EXITED_3 -> end(up, job, Outcome.exited(3));
      case CANCELLED, KILLED -> end(up, job, Outcome.of(Outcome.Kind.STOPPED, 143));
      case TIMED_OUT -> end(up, job, Outcome.of(Outcome.Kind.TIMED_OUT, 143));
      case INTERRUPTED -> end(up, job, Outcome.of(Outcome.Kind.INTERRUPTED, WHY));
      case LOST -> end(up, job, Outcome.of(Outcome.Kind.UNKNOWN, WHY));
      case VOID -> end(up, job, Outcome.of(Outcome.Kind.NEVER_STARTED));
    }
  }

  private static void end(Link up, int job, Outcome outcome) {
    up.underWay.add(new Command.JobEnded(up.epoch, job, outcome));
  }

  private static void cut(Link up, boolean silently) {
    up.up = false;
    if (silently) {
      up.underWay.clear();
    }
    up.underWay.add(new Command.LinkDown(up.epoch, WHY));
  }

  private void deliver(Link from) {
    var report = new Arrived(from, from.underWay.remove(0));
    arrived.add(report);
    arrive(report);
  }

  /** As the actor does, a report of an attempt that was given up for another is not passed on. */
  private void arrive(Arrived report) {
    boolean givenUp =
        (link.isPresent() && link.get() != report.from())
            || (due.isPresent() && attempt != report.from().attempt);
    if (report.report().epoch() != session.core().epoch() || !givenUp) {
      ask(report.report());
    }
  }

  private int incarnation() {
    return session.core().incarnation();
  }
}
