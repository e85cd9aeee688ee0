package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code holdfast schema}: the tables that a cluster shares, asked for and made directly. */
@Command(
    name = "holdfast schema",
    header = "Makes the tables in Cassandra or PostgreSQL that a cluster of nodes needs.",
    description =
        "No node ever makes or changes a table; an operator does, once for all nodes. The verb connects to the database"
            + " itself, and needs no server of Holdfast. Which one it is, --url and --contact-point say, or holdfast.store"
            + " in --config; else it is Cassandra.",
    mixinStandardHelpOptions = true,
    versionProvider = Server.Version.class,
    synopsisSubcommandLabel = "(apply | show)",
    subcommands = {SchemaVerb.Apply.class, SchemaVerb.Show.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast schema apply --contact-point cass1 --local-datacenter dc1",
      "  holdfast schema apply --url jdbc:postgresql://db1/holdfast --user holdfast --password-file /etc/holdfast/pg",
      "  holdfast schema show --config /etc/holdfast.conf"
    })
public final class SchemaVerb implements Runnable {

  @Spec private CommandLine.Model.CommandSpec spec;

  private SchemaVerb() {}

  /** Runs the verb; returns its exit code. */
  public static int run(String[] args) {
    return new CommandLine(new SchemaVerb()).execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say `apply` or `show`");
  }

  /** Where Cassandra is: from the configuration, or from the command line, which wins. */
  static final class Where {
    @Option(
        names = "--contact-point",
        paramLabel = "HOST[:PORT]",
        description = "A node of Cassandra; may be given several times. Default: 127.0.0.1:9042.")
    private List<String> contactPoints;

    @Option(
        names = "--local-datacenter",
        paramLabel = "NAME",
        description = "The data centre, as Cassandra calls it. Default: datacenter1.")
    private String datacenter;

    @Option(
        names = "--keyspace",
        paramLabel = "NAME",
        description = "The keyspace of the tables. Default: holdfast.")
    private String keyspace;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "The configuration file of a node (HOCON), which says where its database is.")
    private Path file;

    CassandraSettings settings() throws IOException {
      return CassandraSettings.from(config(Map.of()));
    }

    private Config config(Map<String, Object> more) throws IOException {
      Map<String, Object> given = new HashMap<>(more);
      put(given, "cassandra.contact-points", contactPoints);
      put(given, "cassandra.local-datacenter", datacenter);
      put(given, "cassandra.keyspace", keyspace);
      return ConfigFactory.parseMap(given)
          .withFallback(ConfigFile.read(Optional.ofNullable(file)))
          .withFallback(ConfigFactory.load());
    }
  }

  /** Where PostgreSQL is, in the same way. */
  static final class Url {
    @Option(
        names = "--url",
        paramLabel = "URL",
        description = "A database of PostgreSQL: jdbc:postgresql://HOST:PORT/DATABASE.")
    private String url;

    @Option(
        names = "--schema",
        paramLabel = "NAME",
        description = "The schema of the tables in it. Default: holdfast.")
    private String schema;

    @Option(names = "--user", paramLabel = "NAME", description = "Who signs in to it.")
    private String user;

    @Option(
        names = "--password-file",
        paramLabel = "FILE",
        description = "The file whose first line is that user's password.")
    private String passwordFile;

    private Map<String, Object> given() {
      Map<String, Object> given = new HashMap<>();
      put(given, "postgresql.url", url);
      put(given, "postgresql.schema", schema);
      put(given, "postgresql.user", user);
      put(given, "postgresql.password-file", passwordFile);
      return given;
    }
  }

  private static void put(Map<String, Object> given, String key, Object value) {
    if (value != null) {
      given.put("holdfast." + key, value);
    }
  }

  /**
   * What connects to the one or the other.
   *
   * @param copies of each row, where Cassandra is to be told
   */
  private static Opening opening(Where where, Url url, int copies) throws IOException {
    if (url.url != null && where.contactPoints != null) {
      throw new IllegalArgumentException(
          "--url is PostgreSQL's and --contact-point Cassandra's; say one of them");
    }
    Config config = where.config(url.given());
    boolean configured = Store.Kind.of(config.getString("holdfast.store")) == Store.Kind.POSTGRESQL;
    if (url.url != null || (configured && where.contactPoints == null)) {
      PostgresSettings settings = PostgresSettings.from(config);
      return () -> SharedTables.in(settings);
    }
    CassandraSettings settings = CassandraSettings.from(config);
    return () -> SharedTables.in(settings, copies);
  }

  private interface Opening {
    SharedTables open() throws IOException;
  }

  private interface Work {
    void on(SharedTables tables) throws IOException;
  }

  private static int with(Where where, Url url, int copies, Work work) {
    Opening opening;
    try {
      opening = opening(where, url, copies);
    } catch (IOException | ConfigException | IllegalArgumentException e) {
      return Server.told(2, e.getMessage(), "every key is explained in docs/configuration.md");
    }
    try (SharedTables tables = opening.open()) {
      work.on(tables);
      return 0;
    } catch (StoreException e) {
      return Server.told(1, e.getMessage(), e.advice());
    } catch (IOException e) {
      return Server.told(1, e.getMessage(), "it is safe to run it again");
    }
  }

  /** Makes what is missing. */
  @Command(
      name = "apply",
      header = "Makes the tables, or brings them to the version of this Holdfast.",
      description = {
        "In Cassandra, one statement at a time, each when all its nodes agree on the one before. What is there is left as it"
            + " is, so after an interruption it is run again. One operator at a time.",
        "In PostgreSQL all of it is one transaction; of several operators at once, one does it.",
        "Tables of a later version are refused."
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:the tables are of this version",
        "1:the database cannot be reached, or refused",
        "2:the command line or the configuration is wrong"
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast schema apply --contact-point cass1 --contact-point cass2 --local-datacenter dc1",
        "  holdfast schema apply --replication-factor 1     (one node of Cassandra, for a trial)"
      })
  static final class Apply implements Callable<Integer> {
    @Mixin private Where where;
    @Mixin private Url url;

    @Option(
        names = "--replication-factor",
        paramLabel = "N",
        description =
            "How many nodes of Cassandra keep each row, when the keyspace is made. With 3, which is the default, one may be"
                + " lost.")
    private int copies = 3;

    @Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
      if (copies < 1) {
        throw new ParameterException(
            spec.commandLine(), "--replication-factor must be 1 or more, not " + copies);
      }
      return with(where, url, copies, tables -> tables.apply(System.out::println));
    }
  }

  /** Says what is there. */
  @Command(
      name = "show",
      header = "Says which version the tables are of.",
      mixinStandardHelpOptions = true,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:the tables are of the version of this Holdfast",
        "1:they are not, or the database cannot be reached",
        "2:the command line or the configuration is wrong"
      },
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast schema show --contact-point cass1 --local-datacenter dc1"})
  static final class Show implements Callable<Integer> {
    @Mixin private Where where;
    @Mixin private Url url;

    @Override
    public Integer call() {
      return with(
          where,
          url,
          1,
          tables -> {
            tables.show().forEach(System.out::println);
            tables.check();
          });
    }
  }
}
