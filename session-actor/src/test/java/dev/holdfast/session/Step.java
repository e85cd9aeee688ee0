package dev.holdfast.session;

/** One thing that happens in the life of a session: asked, delivered, or suffered. */
sealed interface Step {

  /** A client or the node asks. */
  record Ask(Command command) implements Step {}

  /** The oldest report that is under way from some link arrives. */
  record Deliver(int link) implements Step {}

  /** A report that has arrived before arrives again. */
  record Redeliver(int report) implements Step {}

  /** The pause before the next attempt is over. */
  record PauseOver() implements Step {}

  /** The next attempts meet this. */
  record Turn(Weather weather) implements Step {}

  /**
   * The link is cut; with it go the reports that are under way.
   *
   * @param silently whether the reports that are under way are lost, too
   */
  record Cut(boolean silently) implements Step {}

  /** The job that runs on the target ends. */
  record JobEnds(Target.Fate how) implements Step {}

  /** The shell dies: its host was killed, or the target restarted. */
  record ShellDies(Target.Fate ofJob) implements Step {}

  /**
   * The idle time is over.
   *
   * @param there whether it is over by the target's clock, too
   */
  record Expires(boolean there) implements Step {}

  /**
   * The node dies while it carries out what is decided next.
   *
   * @param kept how many actions of that decision are still performed
   * @param wakes how many times it dies again, right after the decision to wake
   */
  record Crash(int kept, int wakes) implements Step {}

  /** What a target is like to those who come to it. */
  enum Weather {
    CLEAR,
    /** Nobody answers; nothing was sent. */
    AWAY,
    /** What is asked arrives, and the answer is lost. */
    DEAF,
    /** It is there, but has no room. */
    BUSY,
    /** It does not let us in. */
    DENIED,
    /** Links come up, but no job can be started. */
    FULL
  }
}
