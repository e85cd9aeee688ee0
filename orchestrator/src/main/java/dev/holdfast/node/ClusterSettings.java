package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node finds the others, from {@code holdfast.cluster}; the meaning of each key is in {@code
 * reference.conf}.
 *
 * @param seeds {@code HOST:PORT} of the nodes that let others in; none: this node is alone
 * @param tls how nodes prove that they are of the cluster; empty: they talk in the clear
 * @param joinTimeout how long it tries to get in
 */
record ClusterSettings(
    String name,
    String host,
    int port,
    List<String> seeds,
    Optional<ClusterTls> tls,
    Duration joinTimeout) {

  /**
   * The name of every actor system. A node with another one would never be answered, nor told why;
   * so clusters are told apart by {@link JoinRules}.
   */
  static final String SYSTEM = "holdfast";

  private static final String STRATEGY = "pekko.cluster.split-brain-resolver.active-strategy";

  private static final Logger LOG = LoggerFactory.getLogger(ClusterSettings.class);
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
            c.getString("name"),
            c.getString("host"),
            c.getInt("port"),
            c.getStringList("seeds"),
            ClusterTls.of(c.getConfig("tls")),
            c.getDuration("join-timeout"));
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
    if (joinTimeout.compareTo(Admission.FIRST_WORD) < 0) {
      throw new IllegalArgumentException(
          "holdfast.cluster.join-timeout must be "
              + Admission.FIRST_WORD.toSeconds()
              + " s or more, not "
              + joinTimeout.toMillis()
              + " ms");
    }
    if (!alone() && port == 0) {
      throw new IllegalArgumentException(
          "holdfast.cluster.port must be set when there are seeds: the others have to find this node");
    }
    if (tls.isEmpty() && !isLoopback()) {
      throw new IllegalArgumentException(
          "holdfast.cluster.host is "
              + host
              + ", beyond loopback, where nodes must not talk without TLS: set holdfast.cluster.tls");
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

  /** {@code HOST:PORT} of this node, as it would stand among the seeds. */
  String self() {
    return host + ":" + port;
  }

  /** The seeds without this node. */
  List<String> others() {
    return seeds.stream().filter(seed -> !seed.equals(self())).toList();
  }

  /** Whether this node may begin a cluster: it is alone, or the others find it by the seeds. */
  boolean mayBegin() {
    return alone() || seeds.contains(self());
  }

  /** What Pekko is told of it; which nodes to join it hears later, from {@link Admission}. */
  Config pekko() {
    Map<String, Object> values = new HashMap<>();
    values.put("pekko.remote.artery.canonical.hostname", host);
    values.put("pekko.remote.artery.canonical.port", port);
    Config given =
        ConfigFactory.parseMap(values)
            .withFallback(tls.map(ClusterTls::pekko).orElseGet(ConfigFactory::empty));
    return alone()
        ? given
        : given
            .withFallback(JoinRules.pekko())
            .withFallback(
                ConfigFactory.parseResources(ClusterSettings.class, "/holdfast-cluster.conf"));
  }

  /**
   * Checks that what was set besides, for Pekko itself, leaves a cluster that survives the loss of
   * a node.
   *
   * @throws IllegalArgumentException with a line for people when it does not
   */
  void checkSurvival(Config whole) {
    String strategy = whole.getString(STRATEGY);
    if (!alone() && !strategy.equals("keep-majority")) {
      throw new IllegalArgumentException(
          STRATEGY
              + " is "
              + strategy
              + ", with which the loss of one node can end all others (of two nodes with keep-oldest, that of"
              + " the older one); Holdfast runs with keep-majority, on three nodes or more");
    }
    if (!alone() && seeds.size() < 3) {
      LOG.warn(
          "fewer than three seeds: if there are no more nodes than these, the loss of one can end the other");
    }
  }
}
