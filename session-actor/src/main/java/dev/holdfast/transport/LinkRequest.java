package dev.holdfast.transport;

import java.time.Duration;

/**
 * What is needed to open a link.
 *
 * @param session the session's id
 * @param incarnation which shell of that session, from 1; each has a directory of its own on the
 *     target
 * @param epoch this link's number; the target obeys only the highest it has seen
 * @param target where the shell lives
 * @param create whether the shell is to be started if it is not there; when false, its absence is
 *     {@link LinkReport.Gone}
 * @param shell the name of the shell to keep, looked up in the target's PATH, such as {@code sh} or
 *     {@code bash}
 * @param idleTimeout after how long without a link and without a running job the far side ends
 *     itself
 * @param deadline how long the whole attempt may take
 * @param start how the shells of the session are made
 */
public record LinkRequest(
    String session,
    int incarnation,
    long epoch,
    Target target,
    boolean create,
    String shell,
    Duration idleTimeout,
    Duration deadline,
    Start start) {

  /**
   * How the shells of a session are made, each one that it ever gets.
   *
   * @param user the account to become by {@code sudo}; empty: the one that is signed in to
   * @param script run in the shell before anything else, and must succeed; empty: nothing is
   * @param timeout how long it may take
   */
  public record Start(String user, String script, Duration timeout) {

    /** As the target has it. */
    public static final Start PLAIN = new Start("", "", Duration.ZERO);
  }

  /** One whose shells are as the target has them. */
  public LinkRequest(
      String session,
      int incarnation,
      long epoch,
      Target target,
      boolean create,
      String shell,
      Duration idleTimeout,
      Duration deadline) {
    this(session, incarnation, epoch, target, create, shell, idleTimeout, deadline, Start.PLAIN);
  }
}
