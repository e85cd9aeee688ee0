package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How a node finds the others, from {@code holdfast.cluster}; the meaning of each key is in {@code
 * reference.conf}.
 *
 * @param seeds {@code HOST:PORT} of the nodes that let others in; none: this node is alone
 */
record ClusterSettings(String name, String host, int port, List<String> seeds) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");
  private static final Pattern SEED =
      Pattern.compile("(\\[[0-9a-fA-F:]+]|[A-Za-z0-9._-]+):[0-9]{1,5}");

  /**
   * Reads and checks the settings.
   *
   * @throws IllegalArgumentException with a line for people when a value cannot be used
   */
  static ClusterSettings of(Config c) {
    var settings =
        new ClusterSettings(
            c.getString("name"), c.getString("host"), c.getInt("port"), c.getStringList("seeds"));
    settings.check();
    return settings;
  }

  private void check() {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "holdfast.cluster.name must be small letters, digits and -, not '" + name + "'");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "holdfast.cluster.port must be from 0 to 65535, not " + port);
    }
    for (String seed : seeds) {
      if (!SEED.matcher(seed).matches()) {
        throw new IllegalArgumentException(
            "holdfast.cluster.seeds holds '" + seed + "', which is not HOST:PORT");
      }
    }
    if (new HashSet<>(seeds).size() < seeds.size()) {
      throw new IllegalArgumentException("holdfast.cluster.seeds names a node twice");
    }
    if (!alone() && port == 0) {
      throw new IllegalArgumentException(
          "holdfast.cluster.port must be set when there are seeds: the others have to find this node");
    }
    if (!isLoopback()) {
      throw new IllegalArgumentException(
          "holdfast.cluster.host is "
              + host
              + ", beyond loopback, where nodes must not talk without TLS; that cannot be set up yet");
    }
  }

  private boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("holdfast.cluster.host '" + host + "' is not known", e);
    }
  }

  /** Whether this node is the whole cluster. */
  boolean alone() {
    return seeds.isEmpty();
  }

  /** What Pekko is told of it. */
  Config pekko() {
    Map<String, Object> values = new HashMap<>();
    values.put("pekko.remote.artery.canonical.hostname", host);
    values.put("pekko.remote.artery.canonical.port", port);
    values.put(
        "pekko.cluster.seed-nodes",
        seeds.stream().map(seed -> "pekko://" + name + "@" + seed).toList());
    Config given = ConfigFactory.parseMap(values);
    return alone()
        ? given
        : given.withFallback(
            ConfigFactory.parseResources(ClusterSettings.class, "/holdfast-cluster.conf"));
  }
}
