package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.pekko.cluster.ConfigValidation;
import org.apache.pekko.cluster.Invalid;
import org.apache.pekko.cluster.JoinConfigCompatChecker;
import org.apache.pekko.cluster.Valid;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What must be alike on all nodes of a cluster, compared when one joins.
 *
 * <p>Pekko shows this class the settings of both sides: on the member that is asked, and then on
 * the node that joins. Only the latter can tell its operator what is wrong, so it alone decides.
 * {@link #SELF} tells the sides apart: Pekko is told to keep it to itself, and then it is missing
 * from what the member sees, even of its own settings.
 *
 * <p>Releases that cannot read what the other says or journals are told apart by two numbers, see
 * {@link #WRITES}.
 */
final class JoinRules extends JoinConfigCompatChecker {

  /**
   * Raise it when older releases can no longer read what nodes tell each other or journal. The
   * release before that one must read it already, or the two cannot be in one cluster.
   */
  private static final int WRITES = 1;

  /** What this release reads, from and to. */
  private static final List<Integer> READS = List.of(1, 1);

  private static final String SELF = "holdfast.cluster.host";
  private static final String RELEASE = "holdfast-release";
  private static final String VERSION = RELEASE + ".version";
  private static final String WRITTEN = RELEASE + ".writes";
  private static final String READ = RELEASE + ".reads";

  private static final List<String> WORDS =
      List.of(
          "holdfast.cluster.name",
          "holdfast.cluster.seeds",
          "holdfast.store",
          "holdfast.cassandra.keyspace",
          "holdfast.postgresql.schema",
          "pekko.cluster.sharding.number-of-shards");

  private static final List<String> TIMES =
      List.of(
          "pekko.cluster.split-brain-resolver.stable-after",
          "pekko.cluster.down-removal-margin",
          "pekko.cluster.failure-detector.acceptable-heartbeat-pause");

  private static final AtomicReference<String> LAST = new AtomicReference<>();

  /** What Pekko is told of this, and what this release says of itself. */
  static Config pekko() {
    return ConfigFactory.parseMap(
        Map.of(
            "pekko.cluster.configuration-compatibility-check.checkers",
            Map.of(
                "holdfast", JoinRules.class.getName(),
                // These would refuse on the member's side, without a word to the node that joins.
                "pekko-cluster", "",
                "pekko-cluster-sharding", "",
                "pekko-cluster-sharding-hash-extractor", ""),
            "pekko.cluster.configuration-compatibility-check.sensitive-config-paths.holdfast",
            List.of(SELF),
            // Of two releases, the newer is given the sessions of a node that stops.
            "pekko.cluster.app-version",
            Server.version(),
            RELEASE,
            Map.of("version", Server.version(), "writes", WRITES, "reads", READS)));
  }

  /** Why the node of this process was refused, if it was. */
  static Optional<String> lastRefusal() {
    return Optional.ofNullable(LAST.get());
  }

  @Override
  public Seq<String> requiredKeys() {
    return scala(
        Stream.of(WORDS, TIMES, List.of(VERSION, WRITTEN, READ)).flatMap(List::stream).toList());
  }

  @Override
  public ConfigValidation check(Config theirs, Config ours) {
    if (!ours.hasPath(SELF)) {
      return Valid.getInstance();
    }
    List<String> wrong = differences(theirs, ours);
    if (wrong.isEmpty()) {
      return Valid.getInstance();
    }
    LAST.set(String.join("; ", wrong));
    return new Invalid(scala(wrong));
  }

  /** In what the members and this node do not fit, a line each. */
  static List<String> differences(Config members, Config self) {
    Stream<Optional<String>> words =
        WORDS.stream()
            .map(
                key ->
                    difference(
                        key, members.getValue(key).unwrapped(), self.getValue(key).unwrapped()));
    Stream<Optional<String>> times =
        TIMES.stream().map(key -> difference(key, members.getDuration(key), self.getDuration(key)));
    // An older or newer release may not even have the same keys.
    return release(members, self)
        .map(List::of)
        .orElseGet(() -> Stream.concat(words, times).flatMap(Optional::stream).toList());
  }

  private static Optional<String> difference(String key, Object theirs, Object ours) {
    return theirs.equals(ours)
        ? Optional.empty()
        : Optional.of(key + " is " + theirs + " on the members, and " + ours + " here");
  }

  private static Optional<String> release(Config members, Config self) {
    if (!members.hasPath(RELEASE)) {
      return Optional.of("the members are of a release before 0.1");
    }
    if (reads(members, self) && reads(self, members)) {
      return Optional.empty();
    }
    return Optional.of(
        "release %s here (writes %s, reads %s) and release %s of the members (writes %s, reads %s) cannot be one cluster"
            .formatted(
                self.getString(VERSION),
                self.getInt(WRITTEN),
                self.getIntList(READ),
                members.getString(VERSION),
                members.getInt(WRITTEN),
                members.getIntList(READ)));
  }

  private static boolean reads(Config reader, Config writer) {
    var range = reader.getIntList(READ);
    int written = writer.getInt(WRITTEN);
    return range.get(0) <= written && written <= range.get(1);
  }

  private static Seq<String> scala(List<String> list) {
    return CollectionConverters.asScala(list).toList();
  }
}
