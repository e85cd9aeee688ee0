package dev.holdfast.node;

import dev.holdfast.actor.Answer;
import dev.holdfast.api.Asks;
import dev.holdfast.directory.Directory;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Command;
import dev.holdfast.session.New;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Removing;
import dev.holdfast.session.Session;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends the sessions of this node that work beside one that is gone. Who removes a session removes
 * those beside it as well; this is for what was lost between the two, and for a session that went
 * by itself. Each node looks after those it keeps, so that after a failover the next one does.
 */
final class Companions {

  private static final long ROUND_SECONDS = 10;

  private final Directory directory;
  private final Asks asks;
  private final Origin self;

  Companions(Directory directory, Asks asks, Origin self) {
    this.directory = directory;
    this.asks = asks;
    this.self = self;
  }

  /** Looks every ten seconds. */
  void lookAfterBy(ScheduledExecutorService timers) {
    var unused =
        timers.scheduleWithFixedDelay(this::look, ROUND_SECONDS, ROUND_SECONDS, TimeUnit.SECONDS);
  }

  private void look() {
    directory.kept().stream()
        .filter(session -> !session.core().terms().parent().isEmpty())
        .filter(session -> !isGone(session) && !(session instanceof Removing))
        .forEach(this::lookAt);
  }

  private void lookAt(Session session) {
    String parent = session.core().terms().parent();
    CompletionStage<Boolean> gone =
        asks.ask(parent, new Command.Look(), self)
            .thenApply(Answer::session)
            .thenApply(Companions::isGone);
    var unused =
        gone.thenAccept(
            is -> {
              if (is) {
                var unusedAnswer = asks.ask(session.core().id(), new Command.Remove(false), self);
              }
            });
  }

  private static boolean isGone(Session session) {
    return session instanceof Closed || session instanceof New;
  }
}
