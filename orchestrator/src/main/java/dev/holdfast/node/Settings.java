package dev.holdfast.node;

import com.typesafe.config.Config;
import dev.holdfast.api.Administrators;
import dev.holdfast.api.Api;
import dev.holdfast.api.Bind;
import dev.holdfast.api.Bounds;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The settings of a node, typed; the meaning and the unit of each are in {@code reference.conf}.
 */
record Settings(
    Path dataDirectory,
    Store.Kind store,
    ClusterSettings cluster,
    Bind bind,
    Api.Limits limits,
    Bounds bounds,
    Files files,
    int closedShown,
    int diskThreads,
    Duration wakeTimeout,
    Set<String> operators,
    WebhookSettings webhooks,
    Administrators administrators,
    String clockErrorFile) {

  /**
   * What is borne of copying.
   *
   * @param perSession how many copies of one session
   * @param perNode how many altogether
   * @param idle after how long without a call a copy is given up
   */
  record Files(int perSession, int perNode, Duration idle) {}

  private static final int SCRIPT_MOST = 2 * 1024 * 1024;

  /**
   * Reads {@code holdfast} from the whole configuration.
   *
   * @throws IllegalArgumentException with a line for people when a value is out of its range
   */
  static Settings of(Config config) {
    Config c = config.getConfig("holdfast");
    var store = Store.Kind.of(c.getString("store"));
    var cluster = ClusterSettings.of(c.getConfig("cluster"));
    if (!cluster.alone() && store == Store.Kind.EMBEDDED) {
      throw new IllegalArgumentException(
          "nodes that are many need a store that they share: holdfast.cluster.seeds is set, but"
              + " holdfast.store is embedded");
    }
    return new Settings(
        dataDirectory(c.getString("data-dir")),
        store,
        cluster,
        bind(c.getConfig("server")),
        new Api.Limits(
            c.getDuration("server.request-arrival"),
            c.getDuration("server.idle-timeout"),
            positive(c, "server.connections"),
            positive(c, "server.failed-sign-ins")),
        new Bounds(
            positive(c, "bounds.queue-length"),
            c.getBytes("bounds.queue-bytes"),
            positive(c, "bounds.jobs-kept"),
            scriptBytes(c)),
        new Files(
            positive(c, "files.copies-per-session"),
            positive(c, "files.copies-per-node"),
            c.getDuration("files.idle-timeout")),
        positive(c, "closed-shown"),
        positive(c, "disk-threads"),
        c.getDuration("wake-timeout"),
        Set.copyOf(c.getStringList("operators")),
        WebhookSettings.of(c.getConfig("webhooks")),
        new Administrators(c.getStringList("administrators")),
        c.getString("clock-error-file"));
  }

  private static Path dataDirectory(String named) {
    if (!named.isEmpty()) {
      return Path.of(named).toAbsolutePath();
    }
    String state = System.getenv("XDG_STATE_HOME");
    Path base =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return base.resolve("holdfast").resolve("node").toAbsolutePath();
  }

  private static Bind bind(Config server) {
    String cert = server.getString("tls.cert");
    String key = server.getString("tls.key");
    if (cert.isEmpty() != key.isEmpty()) {
      throw new IllegalArgumentException(
          "holdfast.server.tls.cert and holdfast.server.tls.key belong together; only one is set");
    }
    Optional<Bind.Tls> tls =
        cert.isEmpty() ? Optional.empty() : Optional.of(new Bind.Tls(Path.of(cert), Path.of(key)));
    int port = server.getInt("port");
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "holdfast.server.port must be from 0 to 65535, not " + port);
    }
    return new Bind(new InetSocketAddress(server.getString("host"), port), tls);
  }

  private static int scriptBytes(Config c) {
    long bytes = c.getBytes("bounds.script-bytes");
    if (bytes < 1 || bytes > SCRIPT_MOST) {
      throw new IllegalArgumentException(
          "holdfast.bounds.script-bytes must be from 1 to " + SCRIPT_MOST + ", not " + bytes);
    }
    return (int) bytes;
  }

  private static int positive(Config c, String key) {
    int value = c.getInt(key);
    if (value < 1) {
      throw new IllegalArgumentException("holdfast." + key + " must be 1 or more, not " + value);
    }
    return value;
  }
}
