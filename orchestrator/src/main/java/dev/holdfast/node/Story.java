package dev.holdfast.node;

import com.google.protobuf.Timestamp;
import dev.holdfast.journal.Entry;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.session.Event;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * A session's events as entries of its history, from the first one on: each is told with what those
 * before it said of the session and of whose job it is. Not thread-safe.
 */
final class Story {

  private final String session;
  private final Map<Integer, String> submitters;
  private long upTo;
  private String name = "";
  private String target = "";
  private String owner = "";

  Story(String session) {
    this(session, new HashMap<>());
  }

  private Story(String session, Map<Integer, String> submitters) {
    this.session = session;
    this.submitters = submitters;
  }

  Story copy() {
    var copy = new Story(session, new HashMap<>(submitters));
    copy.upTo = upTo;
    copy.name = name;
    copy.target = target;
    copy.owner = owner;
    return copy;
  }

  /** The number of the last event that was told; 0 before the first. */
  long upTo() {
    return upTo;
  }

  /** Tells the next event. */
  HistoryEntry tell(long number, Entry entry) {
    upTo = number;
    Event event = entry.event();
    if (event instanceof Event.Requested requested) {
      name = requested.terms().name();
      target = requested.terms().target();
      owner = requested.owner().who();
    } else if (event instanceof Event.JobQueued queued) {
      submitters.put(queued.number(), queued.by().who());
    }
    var words = HistoryWords.of(event);
    var to =
        HistoryEntry.newBuilder()
            .setNumber(number)
            .setAt(time(entry.at()))
            .setWho(entry.by().who())
            .setFrom(entry.by().from())
            .setWhat(words.what())
            .setDetail(words.detail())
            .setSession(session)
            .setSessionName(name)
            .setTarget(target)
            .setOnBehalfOf(owner)
            .setState(state(event));
    event
        .job()
        .ifPresent(
            job ->
                to.setJob(session + "." + job)
                    .setOnBehalfOf(submitters.getOrDefault(job, owner))
                    .setJobState(jobState(event)));
    if (event instanceof Event.JobFinished finished) {
      finished.outcome().exitCode().ifPresent(to::setExitCode);
      submitters.remove(finished.number());
    }
    return to.build();
  }

  private static SessionState state(Event event) {
    if (event instanceof Event.LinkOpened) {
      return SessionState.OPENED;
    } else if (event instanceof Event.Requested
        || event instanceof Event.LinkLost
        || event instanceof Event.Repaired
        || event instanceof Event.RemovalAsked) {
      return SessionState.DISCONNECTED;
    } else if (event instanceof Event.Broke) {
      return SessionState.BROKEN;
    }
    return event instanceof Event.SessionClosed
        ? SessionState.CLOSED
        : SessionState.SESSION_STATE_UNSPECIFIED;
  }

  private static JobState jobState(Event event) {
    if (event instanceof Event.JobQueued) {
      return JobState.QUEUED;
    } else if (event instanceof Event.JobStarted) {
      return JobState.RUNNING;
    }
    return event instanceof Event.JobFinished finished
        ? JobState.valueOf(finished.outcome().kind().name())
        : JobState.JOB_STATE_UNSPECIFIED;
  }

  private static Timestamp time(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
