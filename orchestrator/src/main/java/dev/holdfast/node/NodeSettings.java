package dev.holdfast.node;

import com.typesafe.config.Config;
import dev.holdfast.api.Api;
import dev.holdfast.api.Bind;
import dev.holdfast.api.Bounds;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The node's own settings, under {@code holdfast}; each key is explained in {@code reference.conf}.
 * Other modules read their own blocks.
 */
record NodeSettings(
    Path dataDirectory,
    Listen listen,
    Api.Limits limits,
    Bounds bounds,
    int closedKept,
    int diskThreads,
    int linkThreads,
    Duration startTimeout,
    String clusterHost,
    int clusterPort) {

  private static final int LARGEST_SCRIPT = 1 << 20;

  /** Where the API is to listen, as it is written. */
  record Listen(String host, int port, Optional<Bind.Tls> tls) {

    Bind bind() throws StartFailure {
      try {
        return new Bind(new InetSocketAddress(host, port), tls);
      } catch (IllegalArgumentException e) {
        throw new StartFailure(e.getMessage(), "see holdfast.server in the configuration");
      }
    }
  }

  static NodeSettings of(Config root, Map<String, String> environment) throws StartFailure {
    Config c = root.getConfig("holdfast");
    return new NodeSettings(
        dataDirectory(c.getString("data-dir"), environment),
        new Listen(c.getString("server.host"), port(c, "server.port"), tls(c)),
        new Api.Limits(
            c.getDuration("server.arrival-timeout"),
            c.getDuration("server.idle-timeout"),
            positive(c, "server.connections", Integer.MAX_VALUE),
            positive(c, "server.failed-sign-ins", Integer.MAX_VALUE)),
        new Bounds(
            positive(c, "bounds.queue-length", Integer.MAX_VALUE),
            c.getBytes("bounds.queue-bytes"),
            positive(c, "bounds.jobs-kept", Integer.MAX_VALUE),
            scriptBytes(c)),
        positive(c, "closed-kept", Integer.MAX_VALUE),
        positive(c, "disk-threads", 1024),
        positive(c, "link-threads", 1024),
        c.getDuration("start-timeout"),
        c.getString("cluster.host"),
        port(c, "cluster.port"));
  }

  private static Path dataDirectory(String configured, Map<String, String> environment) {
    String named =
        configured.isEmpty() ? environment.getOrDefault("HOLDFAST_DATA_DIR", "") : configured;
    if (!named.isEmpty()) {
      return Path.of(named).toAbsolutePath();
    }
    String state = environment.getOrDefault("XDG_STATE_HOME", "");
    Path base =
        state.isEmpty()
            ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")))
                .resolve(".local/state")
            : Path.of(state);
    return base.resolve("holdfast").resolve("node").toAbsolutePath();
  }

  private static Optional<Bind.Tls> tls(Config c) throws StartFailure {
    String cert = c.getString("server.tls.cert");
    String key = c.getString("server.tls.key");
    if (cert.isEmpty() != key.isEmpty()) {
      throw outOfRange(
          "server.tls.cert and holdfast.server.tls.key", "must both be given, or neither");
    }
    return cert.isEmpty()
        ? Optional.empty()
        : Optional.of(new Bind.Tls(Path.of(cert), Path.of(key)));
  }

  private static int scriptBytes(Config c) throws StartFailure {
    long bytes = c.getBytes("bounds.script-bytes");
    if (bytes < 1 || bytes > LARGEST_SCRIPT) {
      throw outOfRange("bounds.script-bytes", "must be from 1 to 1 MiB");
    }
    return (int) bytes;
  }

  private static int port(Config c, String key) throws StartFailure {
    int port = c.getInt(key);
    if (port < 0 || port > 65535) {
      throw outOfRange(key, "must be from 0 to 65535, and is " + port);
    }
    return port;
  }

  private static int positive(Config c, String key, int most) throws StartFailure {
    int value = c.getInt(key);
    if (value < 1 || value > most) {
      throw outOfRange(key, "must be from 1 to " + most + ", and is " + value);
    }
    return value;
  }

  private static StartFailure outOfRange(String key, String why) {
    return new StartFailure("holdfast." + key + " " + why, "correct it in the configuration");
  }
}
