package dev.holdfast.api;

import dev.holdfast.journal.Entry;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Event;
import dev.holdfast.session.Outcome;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the journal keeps of a session, told as its history. */
public final class Story {

  private static final Map<Class<? extends Event>, String> WORDS =
      Map.ofEntries(
          Map.entry(Event.Requested.class, "session-requested"),
          Map.entry(Event.Connecting.class, "link-wanted"),
          Map.entry(Event.LinkOpened.class, "link-opened"),
          Map.entry(Event.AttemptFailed.class, "attempt-failed"),
          Map.entry(Event.LinkLost.class, "link-lost"),
          Map.entry(Event.Broke.class, "session-broke"),
          Map.entry(Event.Repaired.class, "session-repaired"),
          Map.entry(Event.RemovalAsked.class, "removal-asked"),
          Map.entry(Event.SessionClosed.class, "session-closed"),
          Map.entry(Event.JobQueued.class, "job-queued"),
          Map.entry(Event.JobMoved.class, "job-moved"),
          Map.entry(Event.JobStarted.class, "job-started"),
          Map.entry(Event.CancelAsked.class, "cancel-asked"),
          Map.entry(Event.InputEnded.class, "input-ended"),
          Map.entry(Event.JobFinished.class, "job-ended"),
          Map.entry(Event.ShellReplaced.class, "shell-replaced"),
          Map.entry(Event.EscapeesEnded.class, "escapees-ended"),
          Map.entry(Event.SpoolsDeleted.class, "spools-deleted"),
          Map.entry(Event.JobsForgotten.class, "jobs-forgotten"));

  private Story() {}

  /** One line of a session's history. */
  public static HistoryEntry of(String session, long number, Entry entry) {
    var line =
        HistoryEntry.newBuilder()
            .setNumber(number)
            .setAt(Views.time(entry.at()))
            .setWho(entry.by().who())
            .setFrom(entry.by().from())
            .setWhat(word(entry.event().getClass()))
            .setDetail(detail(entry.event()));
    entry.event().job().ifPresent(job -> line.setJob(JobId.of(session, job)));
    return line.build();
  }

  static String word(Class<? extends Event> event) {
    return Optional.ofNullable(WORDS.get(event))
        .orElseThrow(() -> new IllegalStateException("no word for " + event));
  }

  private static String detail(Event event) {
    if (event instanceof Event.Requested e) {
      return e.terms().target() + ", shell " + e.terms().shell();
    } else if (event instanceof Event.Connecting e) {
      return "epoch " + e.epoch();
    } else if (event instanceof Event.LinkOpened e) {
      return "generation " + e.generation();
    } else if (event instanceof Event.AttemptFailed e) {
      return told(e.cause());
    } else if (event instanceof Event.LinkLost e) {
      return e.reason().name().toLowerCase(Locale.ROOT).replace('_', '-')
          + e.cause().map(cause -> ": " + told(cause)).orElse("");
    } else if (event instanceof Event.Broke e) {
      return told(e.cause());
    } else if (event instanceof Event.RemovalAsked e) {
      return e.failure().map(Story::told).orElse("");
    } else if (event instanceof Event.SessionClosed e) {
      return e.cause().map(Story::told).orElse("");
    } else if (event instanceof Event.JobQueued e) {
      return e.request().label();
    } else if (event instanceof Event.JobMoved e) {
      return "to position " + e.position();
    } else if (event instanceof Event.CancelAsked e) {
      return "grace " + e.grace().toSeconds() + " s";
    } else if (event instanceof Event.InputEnded e) {
      return e.size() + " bytes";
    } else if (event instanceof Event.JobFinished e) {
      return told(e.outcome());
    } else if (event instanceof Event.ShellReplaced e) {
      return "generation " + e.generation();
    } else if (event instanceof Event.EscapeesEnded e) {
      return "processes " + e.pids();
    } else if (event instanceof Event.SpoolsDeleted e) {
      return "of jobs " + e.jobs();
    } else if (event instanceof Event.JobsForgotten e) {
      return "jobs " + e.jobs();
    }
    return "";
  }

  private static String told(Outcome outcome) {
    String kind = outcome.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return kind
        + (outcome.exitCode().isPresent() ? ", exit code " + outcome.exitCode().getAsInt() : "")
        + outcome.cause().map(cause -> ": " + told(cause)).orElse("");
  }

  private static String told(Cause cause) {
    return cause.kind() + ", " + cause.text();
  }
}
