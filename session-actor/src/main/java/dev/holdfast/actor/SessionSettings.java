package dev.holdfast.actor;

import com.typesafe.config.Config;
import java.time.Duration;

/**
 * How session actors behave, from {@code holdfast.session} in the configuration; each key is
 * explained in {@code reference.conf}.
 *
 * @param askTimeout how long an answer may take
 * @param removalGrace between TERM and KILL when a session is ended
 * @param snapshotEvery so many events between snapshots
 * @param unusedAfter how long an actor without a live session stays in memory
 * @param parkAfter how long a session without work keeps its link; zero: for ever
 * @param linksPerNode so many links are kept at once at most
 */
public record SessionSettings(
    Duration askTimeout,
    Duration removalGrace,
    int snapshotEvery,
    Duration unusedAfter,
    Duration parkAfter,
    int linksPerNode) {

  /** Reads {@code holdfast.session}. */
  public static SessionSettings of(Config config) {
    Config c = config.getConfig("holdfast.session");
    return new SessionSettings(
        c.getDuration("ask-timeout"),
        c.getDuration("removal-grace"),
        c.getInt("snapshot-every"),
        c.getDuration("unused-after"),
        c.getDuration("park-after"),
        c.getInt("links-per-node"));
  }
}
