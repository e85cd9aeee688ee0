package dev.holdfast.session;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What may be asked of a session, by clients, by its link and by the node. A command does not act;
 * it asks the session's present state to decide.
 */
public sealed interface Command {

  Decision decide(Session session, Instant now);

  // ---- asked by clients

  /** Opens a session under an id that was chosen before. */
  record Open(String id, Terms terms, Origin owner) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record Submit(JobRequest request, Origin by) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record Cancel(int job, Duration grace) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** Puts a waiting job at another place, from 1. */
  record Move(int job, int position) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /**
   * There is more standard input in the output log.
   *
   * @param holder the key of the client, where the job is a terminal
   */
  record GiveInput(int job, String holder) implements Command {
    public GiveInput(int job) {
      this(job, "");
    }

    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** The standard input has ended; there are so many bytes of it. */
  record EndInput(int job, long size) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /**
   * Somebody wants to type in a terminal, or goes on to, in a window of this size.
   *
   * @param key what the client knows itself by
   * @param take whether to take it from another who holds it
   */
  record Hold(int job, String key, Origin by, boolean take, int columns, int rows)
      implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** Whoever has this key types no more. */
  record LetGo(int job, String key) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** A reader has received the job's output up to these offsets. */
  record MarkRead(int job, long out, long err) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record Disconnect() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record Connect() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record Repair() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /**
   * Ends the session.
   *
   * @param force forget it even though its far side was not confirmed to be gone
   */
  record Remove(boolean force) implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** Asks for nothing but the state. */
  record Look() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  // ---- said by the node

  /**
   * Sent once after recovery: no link survives its owner, and what is owed is derived from the
   * state alone.
   */
  record Wake() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** Nobody has used it for a while: if it has nothing to do, it gives up its link. */
  record Park() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** Its idle time is over. If its target agrees, that is written down. */
  record Expire() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** It was to stay for a while without work; if that is over, it is removed. */
  record Retire() implements Command {
    @Override
    public Decision decide(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  // ---- reported by the link

  /** What a link says. One from an older epoch is stale and is dropped here, for every state. */
  sealed interface Report extends Command {
    long epoch();

    Decision decideNow(Session session, Instant now);

    @Override
    default Decision decide(Session session, Instant now) {
      return epoch() == session.core().epoch() ? decideNow(session, now) : Decision.nothing();
    }
  }

  record LinkUp(long epoch, String bootId, int generation) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /**
   * An attempt failed.
   *
   * @param next what is worth trying
   * @param touched whether something of the session may be on the target
   */
  record LinkFailed(long epoch, Cause cause, Next next, boolean touched) implements Report {

    /** What is worth trying after a failed attempt. */
    public enum Next {
      GIVE_UP,
      /** Only for a session that exists; the opening of a new one fails. */
      RETRY_IF_OPEN,
      RETRY
    }

    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record LinkDown(long epoch, Cause cause) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** The target knows no such session. */
  record ShellGone(long epoch, Cause cause) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /**
   * The shell is dead, but its target can still say what became of its jobs; the link stays up for
   * that.
   */
  record ShellDead(long epoch, Cause cause) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record JobEnded(long epoch, int job, Outcome outcome) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record ShellRenewed(long epoch, int job, int generation) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record EscapeesKilled(long epoch, int job, List<Long> pids) implements Report {
    public EscapeesKilled {
      pids = List.copyOf(pids);
    }

    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  record SpoolsCut(long epoch, List<Integer> jobs) implements Report {
    public SpoolsCut {
      jobs = List.copyOf(jobs);
    }

    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }

  /** Everything of the session is gone from its target. */
  record FarSideEnded(long epoch) implements Report {
    @Override
    public Decision decideNow(Session session, Instant now) {
      return session.on(this, now);
    }
  }
}
