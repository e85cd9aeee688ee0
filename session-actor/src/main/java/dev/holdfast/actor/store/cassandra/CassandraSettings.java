package dev.holdfast.actor.store.cassandra;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings below {@code holdfast.cassandra}, typed; the meaning and the unit of each are in
 * {@code reference.conf}.
 *
 * @param contactPoints {@code HOST:PORT}
 */
public record CassandraSettings(
    List<String> contactPoints,
    String localDatacenter,
    String keyspace,
    String username,
    Optional<Path> passwordFile,
    Duration requestTimeout,
    Duration speculateAfter,
    int speculations,
    Duration outputTtl,
    Duration outputPoll) {

  private static final Pattern KEYSPACE = Pattern.compile("[a-z][a-z0-9_]{0,47}");
  private static final Pattern HOST_AND_PORT = Pattern.compile(".+:\\d{1,5}");

  /** Cassandra's bound is 20 years, and some rows are kept twice as long as output. */
  private static final Duration LONGEST_TTL = Duration.ofDays(3650);

  private static final int CQL_PORT = 9042;

  /** Checks the values that are part of statements, and completes the contact points. */
  public CassandraSettings {
    contactPoints = contactPoints.stream().map(CassandraSettings::withPort).toList();
    if (contactPoints.isEmpty()) {
      throw new IllegalArgumentException(
          "holdfast.cassandra.contact-points must name a node of Cassandra");
    }
    if (!KEYSPACE.matcher(keyspace).matches()) {
      throw new IllegalArgumentException(
          "holdfast.cassandra.keyspace must be small letters, digits and _, not '"
              + keyspace
              + "'");
    }
    if (localDatacenter.isEmpty() || localDatacenter.contains("'")) {
      throw new IllegalArgumentException(
          "holdfast.cassandra.local-datacenter cannot be '" + localDatacenter + "'");
    }
    if (outputTtl.compareTo(LONGEST_TTL) > 0 || outputTtl.isNegative()) {
      throw new IllegalArgumentException("holdfast.cassandra.output-ttl is at most 3650 days");
    }
  }

  /**
   * Reads the settings from a whole configuration.
   *
   * @throws IllegalArgumentException with a line for people when a value is out of its range
   */
  public static CassandraSettings from(Config config) {
    Config c = config.getConfig("holdfast.cassandra");
    String passwordFile = c.getString("password-file");
    return new CassandraSettings(
        c.getStringList("contact-points"),
        c.getString("local-datacenter"),
        c.getString("keyspace"),
        c.getString("username"),
        passwordFile.isEmpty() ? Optional.empty() : Optional.of(Path.of(passwordFile)),
        c.getDuration("request-timeout"),
        c.getDuration("speculate-after"),
        c.getInt("speculations"),
        c.getDuration("output-ttl"),
        c.getDuration("output-poll"));
  }

  private static String withPort(String contactPoint) {
    return HOST_AND_PORT.matcher(contactPoint).matches()
        ? contactPoint
        : contactPoint + ":" + CQL_PORT;
  }
}
