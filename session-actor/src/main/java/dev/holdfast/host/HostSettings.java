package dev.holdfast.host;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import dev.holdfast.transport.Target;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/**
 * How links behave; the meaning of each is in {@code reference.conf} under {@code holdfast.host}.
 */
public record HostSettings(
    String localRoot,
    String sshRoot,
    Duration followAfter,
    Duration pingInterval,
    Duration pingTimeout,
    Duration statusInterval,
    Duration stallAfter,
    Duration channelTimeout,
    Duration retryMin,
    Duration retryMax,
    Duration orphanPollMin,
    Duration orphanPollMax,
    int opensPerTarget,
    int opensPerNode) {

  private static final String PATH = "holdfast.host";

  private static final Set<String> KEYS =
      Set.of(
          "local-root",
          "ssh-root",
          "follow-after",
          "ping-interval",
          "ping-timeout",
          "status-interval",
          "stall-after",
          "channel-timeout",
          "retry-min",
          "retry-max",
          "orphan-poll-min",
          "orphan-poll-max",
          "opens-per-target",
          "opens-per-node");

  /**
   * Reads {@code holdfast.host}; throws {@link ConfigException} for a key that it does not know.
   */
  public static HostSettings from(Config root) {
    Config host = root.getConfig(PATH);
    var unknown = new TreeSet<>(host.root().keySet());
    unknown.removeAll(KEYS);
    if (!unknown.isEmpty()) {
      throw new ConfigException.BadPath(
          PATH + "." + unknown.first(), "is not a setting; known are " + new TreeSet<>(KEYS));
    }
    return new HostSettings(
        host.getString("local-root"),
        host.getString("ssh-root"),
        host.getDuration("follow-after"),
        host.getDuration("ping-interval"),
        host.getDuration("ping-timeout"),
        host.getDuration("status-interval"),
        host.getDuration("stall-after"),
        host.getDuration("channel-timeout"),
        host.getDuration("retry-min"),
        host.getDuration("retry-max"),
        host.getDuration("orphan-poll-min"),
        host.getDuration("orphan-poll-max"),
        positive(host, "opens-per-target"),
        positive(host, "opens-per-node"));
  }

  private static int positive(Config host, String key) {
    int value = host.getInt(key);
    if (value < 1) {
      throw new ConfigException.BadValue(PATH + "." + key, "must be at least 1, not " + value);
    }
    return value;
  }

  /** The root directory on a target, empty for the host script's default. */
  String root(Target target) {
    return target.scheme().equals("local") ? localRoot : sshRoot;
  }
}
