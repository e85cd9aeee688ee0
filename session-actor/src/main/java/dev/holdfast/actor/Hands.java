package dev.holdfast.actor;

import dev.holdfast.output.OutputLog;
import dev.holdfast.session.Action;
import dev.holdfast.session.Job;
import dev.holdfast.session.Opening;
import dev.holdfast.session.Session;
import dev.holdfast.session.Start;
import dev.holdfast.transport.JobOrder;
import dev.holdfast.transport.Link;
import dev.holdfast.transport.LinkReport;
import dev.holdfast.transport.LinkRequest;
import dev.holdfast.transport.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * A session actor's hands: they perform actions, hold the one link, and know when the next attempt
 * is due. They belong to the actor and are used by it alone; links report to the actor, never to
 * the hands.
 */
final class Hands {

  private static final Object AGAIN = "again";

  /** Attempts of one epoch; their number is the lower part of the epoch that the target sees. */
  private static final int ATTEMPT_BITS = 20;

  private static final Duration LEAST_DEADLINE = Duration.ofSeconds(1);

  private final ActorContext<Message> context;
  private final TimerScheduler<Message> timers;
  private final Surroundings around;
  private Optional<Link> link = Optional.empty();
  private Optional<Action.Connect> due = Optional.empty();
  private Optional<Action.MarkRead> read = Optional.empty();
  private long epoch;
  private int attempt;
  private boolean up;

  Hands(ActorContext<Message> context, TimerScheduler<Message> timers, Surroundings around) {
    this.context = context;
    this.timers = timers;
    this.around = around;
  }

  void perform(Session session, Action action) {
    if (action instanceof Action.Connect connect) {
      prepare(session, connect);
    } else if (action instanceof Action.Hurry) {
      due.ifPresent(connect -> open(session, connect));
    } else if (action instanceof Action.HangUp) {
      hangUp();
    } else if (action instanceof Action.Start start) {
      link.ifPresent(l -> l.start(order(start.job())));
      tellRead(start.job().number());
    } else if (action instanceof Action.Settle settle) {
      link.ifPresent(l -> l.settle(id(settle.job())));
      tellRead(settle.job());
    } else if (action instanceof Action.CancelJob cancel) {
      link.ifPresent(l -> l.cancel(id(cancel.job()), cancel.grace()));
    } else if (action instanceof Action.FeedInput feed) {
      link.ifPresent(l -> l.input(id(feed.job()), feed.size()));
    } else if (action instanceof Action.ResizeTerminal size) {
      link.ifPresent(l -> l.resize(id(size.job()), size.columns(), size.rows()));
    } else if (action instanceof Action.MarkRead mark) {
      read = Optional.of(furthest(mark));
      tellRead(mark.job());
    } else if (action instanceof Action.CutSpools cut) {
      link.ifPresent(l -> l.cut(cut.jobs().stream().map(Hands::id).toList()));
    } else if (action instanceof Action.ForgetOutput forget) {
      forget(session.core().id(), forget.jobs().stream().map(Hands::id).toList());
    } else if (action instanceof Action.ForgetAllOutput) {
      onDisk("delete output", log -> log.forget(session.core().id()));
    } else if (action instanceof Action.EndFarSide) {
      link.ifPresent(l -> l.end(around.settings().removalGrace()));
    }
  }

  /** Whether a report comes from the link that is held now, and not from one that was given up. */
  boolean isCurrent(Message.Reported reported) {
    return link.isPresent() && reported.epoch() == epoch && reported.attempt() == attempt;
  }

  /** Takes note of what the report means for the link; returns whether it was up before. */
  boolean note(LinkReport report) {
    boolean was = up;
    if (report instanceof LinkReport.Up || report instanceof LinkReport.Dead) {
      up = true;
    } else if (report instanceof LinkReport.Failed
        || report instanceof LinkReport.Down
        || report instanceof LinkReport.Gone
        || report instanceof LinkReport.Fenced
        || report instanceof LinkReport.Ended) {
      up = false;
      link = Optional.empty();
    }
    return was;
  }

  /** The pause is over. */
  void again(Session session, Message.Again again) {
    if (again.attempt() == attempt) {
      due.ifPresent(connect -> open(session, connect));
    }
  }

  /** Gives up the link, if there is one, and every plan for another. */
  void hangUp() {
    timers.cancel(AGAIN);
    due = Optional.empty();
    up = false;
    link.ifPresent(Link::hangUp);
    link = Optional.empty();
  }

  private void prepare(Session session, Action.Connect connect) {
    hangUp();
    epoch = connect.epoch();
    due = Optional.of(connect);
    if (connect.retry()) {
      attempt++;
      Duration pause = around.backoff().delay(attempt - 1, ThreadLocalRandom.current());
      timers.startSingleTimer(AGAIN, new Message.Again(attempt), pause);
    } else {
      attempt = 0;
      open(session, connect);
    }
  }

  private void open(Session session, Action.Connect connect) {
    timers.cancel(AGAIN);
    due = Optional.empty();
    var self = context.getSelf();
    int now = attempt;
    link =
        Optional.of(
            around
                .links()
                .open(
                    request(session, connect),
                    report -> self.tell(new Message.Reported(connect.epoch(), now, report))));
  }

  private LinkRequest request(Session session, Action.Connect connect) {
    var core = session.core();
    return new LinkRequest(
        core.id(),
        core.incarnation(),
        (connect.epoch() << ATTEMPT_BITS) + attempt,
        Target.parse(core.terms().target()),
        connect.create(),
        core.terms().shell(),
        core.terms().idleTimeout(),
        deadline(session),
        start(core.terms().setup().start()));
  }

  private static LinkRequest.Start start(Start start) {
    return new LinkRequest.Start(start.user(), start.text(), start.timeout());
  }

  private Duration deadline(Session session) {
    Duration whole = session.core().terms().connectTimeout();
    if (session instanceof Opening opening) {
      Duration left = Duration.between(around.clock().instant(), opening.deadline());
      whole = left.compareTo(whole) < 0 ? left : whole;
    }
    return whole.compareTo(LEAST_DEADLINE) < 0 ? LEAST_DEADLINE : whole;
  }

  private static JobOrder order(Job job) {
    var request = job.request();
    return new JobOrder(
        id(job.number()),
        request.script(),
        request.hasInput()
            ? new JobOrder.Input.Given(job.inputSize(), request.terminal().isPresent())
            : JobOrder.Input.NONE,
        request.timeout(),
        request.outputLimit(),
        request.drop() ? JobOrder.OutputMode.DROP : JobOrder.OutputMode.BLOCK);
  }

  /** One job runs at a time, and offsets only grow: only the furthest of its readers counts. */
  private Action.MarkRead furthest(Action.MarkRead mark) {
    return read.filter(known -> known.job() == mark.job())
        .map(
            known ->
                new Action.MarkRead(
                    mark.job(),
                    Math.max(known.out(), mark.out()),
                    Math.max(known.err(), mark.err())))
        .orElse(mark);
  }

  /**
   * Tells the link how far the job's readers are. A link that has the job from an earlier one hears
   * it at once, or a job whose readers caught up during the outage would wait for ever.
   */
  private void tellRead(int job) {
    if (up) {
      read.filter(known -> known.job() == job)
          .ifPresent(known -> link.ifPresent(l -> l.read(id(job), known.out(), known.err())));
    }
  }

  private void forget(String session, List<String> jobs) {
    onDisk(
        "delete output",
        log -> {
          for (String job : jobs) {
            log.forget(session, job);
          }
        });
  }

  /**
   * Runs later, in order for one session no matter: each of these may be repeated, and what is not
   * done is owed again.
   */
  private void onDisk(String what, DiskWork work) {
    var log = context.getLog();
    around
        .disk()
        .execute(
            () -> {
              try {
                work.on(around.output());
              } catch (IOException e) {
                log.warn("could not {}: {}", what, e.getMessage());
              }
            });
  }

  private static String id(int job) {
    return Integer.toString(job);
  }

  private interface DiskWork {
    void on(OutputLog log) throws IOException;
  }
}
