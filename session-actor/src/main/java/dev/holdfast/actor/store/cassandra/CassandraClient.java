package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.pekko.stream.connectors.cassandra.DriverConfigLoaderFromConfig;

/** The driver, as Holdfast sets it up; the same for the journal and for output. */
public final class CassandraClient {
  private static final String DRIVER = "datastax-java-driver.";

  private CassandraClient() {}

  /**
   * Connects.
   *
   * @throws StoreException of kind {@code UNREACHABLE}, saying what was tried and what came of it
   */
  public static CqlSession connect(CassandraSettings settings) throws IOException {
    Config driver =
        ConfigFactory.load(
                config(settings)
                    // A first connection that fails is said, and not tried for ever.
                    .withFallback(
                        ConfigFactory.parseString(DRIVER + "advanced.netty.daemon = true")))
            .withValue(
                DRIVER + "advanced.reconnect-on-init",
                com.typesafe.config.ConfigValueFactory.fromAnyRef(false));
    try {
      CqlSession session =
          CqlSession.builder()
              .withConfigLoader(
                  DriverConfigLoaderFromConfig.fromConfig(driver.getConfig("datastax-java-driver")))
              .build();
      checkDatacenter(session, settings);
      return session;
    } catch (AllNodesFailedException e) {
      throw unreachable(settings, reason(e));
    } catch (DriverException | IllegalArgumentException | IllegalStateException e) {
      throw unreachable(settings, e.toString());
    }
  }

  /** What Pekko's plugin, too, is told of the driver: {@code datastax-java-driver}. */
  static Config config(CassandraSettings settings) throws IOException {
    Map<String, Object> values = new HashMap<>();
    values.put("basic.contact-points", settings.contactPoints());
    values.put("basic.load-balancing-policy.local-datacenter", settings.localDatacenter());
    values.put("basic.request.timeout", settings.requestTimeout());
    values.put(
        "advanced.speculative-execution-policy.class",
        settings.speculations() > 0
            ? "ConstantSpeculativeExecutionPolicy"
            : "NoSpeculativeExecutionPolicy");
    values.put("advanced.speculative-execution-policy.max-executions", settings.speculations() + 1);
    values.put("advanced.speculative-execution-policy.delay", settings.speculateAfter());
    if (!settings.username().isEmpty()) {
      values.put("advanced.auth-provider.class", "PlainTextAuthProvider");
      values.put("advanced.auth-provider.username", settings.username());
      values.put("advanced.auth-provider.password", password(settings));
    }
    Map<String, Object> driver =
        values.entrySet().stream()
            .collect(Collectors.toMap(value -> DRIVER + value.getKey(), Map.Entry::getValue));
    return ConfigFactory.parseMap(driver)
        .withFallback(ConfigFactory.parseResources(CassandraClient.class, "cassandra-driver.conf"));
  }

  private static String password(CassandraSettings settings) throws IOException {
    if (settings.passwordFile().isEmpty()) {
      throw new IllegalArgumentException(
          "holdfast.cassandra.username needs holdfast.cassandra.password-file beside it");
    }
    return Files.readString(settings.passwordFile().orElseThrow()).lines().findFirst().orElse("");
  }

  private static void checkDatacenter(CqlSession session, CassandraSettings settings)
      throws StoreException {
    var there =
        session.getMetadata().getNodes().values().stream()
            .map(node -> String.valueOf(node.getDatacenter()))
            .collect(Collectors.toCollection(TreeSet::new));
    if (!there.contains(settings.localDatacenter())) {
      session.close();
      throw new StoreException(
          Kind.UNREACHABLE,
          "Cassandra has no data centre '" + settings.localDatacenter() + "', but " + there,
          "set local-datacenter (--local-datacenter, holdfast.cassandra.local-datacenter)");
    }
  }

  private static String reason(AllNodesFailedException e) {
    List<Throwable> all = e.getAllErrors().values().stream().flatMap(List::stream).toList();
    for (Throwable each : all) {
      if (each instanceof AuthenticationException) {
        return each.getMessage();
      }
    }
    return all.isEmpty() ? e.getMessage() : deepest(all.get(0));
  }

  /** What the innermost cause that says something says. */
  private static String deepest(Throwable failure) {
    String said = failure.toString();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each.getMessage() != null) {
        said = each.getMessage();
      }
    }
    return said;
  }

  private static StoreException unreachable(CassandraSettings settings, String why) {
    return new StoreException(
        Kind.UNREACHABLE,
        "Cassandra cannot be reached at "
            + String.join(", ", settings.contactPoints())
            + ": "
            + why,
        "name nodes that run (--contact-point, holdfast.cassandra.contact-points)");
  }
}
