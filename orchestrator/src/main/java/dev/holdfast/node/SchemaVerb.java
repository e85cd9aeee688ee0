package dev.holdfast.node;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Schema;
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

/** {@code holdfast schema}: the tables of a cluster in Cassandra, asked for and made directly. */
@Command(
    name = "holdfast schema",
    header = "Makes the tables in Cassandra that a cluster of nodes needs.",
    description =
        "No node ever makes or changes a table; an operator does, once for all nodes. The verb connects to Cassandra"
            + " itself, and needs no server of Holdfast.",
    mixinStandardHelpOptions = true,
    versionProvider = Server.Version.class,
    synopsisSubcommandLabel = "(apply | show)",
    subcommands = {SchemaVerb.Apply.class, SchemaVerb.Show.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast schema apply --contact-point cass1 --local-datacenter dc1",
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
        description = "The configuration file of a node (HOCON), whose holdfast.cassandra is read.")
    private Path file;

    CassandraSettings settings() throws IOException {
      Map<String, Object> given = new HashMap<>();
      put(given, "contact-points", contactPoints);
      put(given, "local-datacenter", datacenter);
      put(given, "keyspace", keyspace);
      Config config =
          ConfigFactory.parseMap(given)
              .withFallback(ConfigFile.read(Optional.ofNullable(file)))
              .withFallback(ConfigFactory.load());
      return CassandraSettings.from(config);
    }

    private static void put(Map<String, Object> given, String key, Object value) {
      if (value != null) {
        given.put("holdfast.cassandra." + key, value);
      }
    }
  }

  private interface Work {
    int on(Schema schema, CassandraSettings settings) throws IOException;
  }

  private static int with(Where where, Work work) {
    CassandraSettings settings;
    try {
      settings = where.settings();
    } catch (IOException | ConfigException | IllegalArgumentException e) {
      return Server.told(2, e.getMessage(), "every key is explained in docs/configuration.md");
    }
    try (CqlSession session = CassandraClient.connect(settings)) {
      return work.on(new Schema(session, settings.keyspace()), settings);
    } catch (StoreException e) {
      return Server.told(1, e.getMessage(), e.advice());
    } catch (IOException e) {
      return Server.told(1, e.getMessage(), "it is safe to run it again");
    }
  }

  /** Makes what is missing. */
  @Command(
      name = "apply",
      header = "Makes the keyspace and the tables, or brings them to the version of this Holdfast.",
      description = {
        "One statement at a time, each when all nodes of Cassandra agree on the one before. What is there is left as it is,"
            + " so after an interruption it is run again. One operator at a time.",
        "Tables of a later version are refused."
      },
      mixinStandardHelpOptions = true,
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:the tables are of this version",
        "1:Cassandra cannot be reached, or refused",
        "2:the command line or the configuration is wrong"
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast schema apply --contact-point cass1 --contact-point cass2 --local-datacenter dc1",
        "  holdfast schema apply --replication-factor 1     (one node of Cassandra, for a trial)"
      })
  static final class Apply implements Callable<Integer> {
    @Mixin private Where where;

    @Option(
        names = "--replication-factor",
        paramLabel = "N",
        description =
            "How many nodes keep each row, when the keyspace is made. With 3, which is the default, one may be lost.")
    private int copies = 3;

    @Spec private CommandLine.Model.CommandSpec spec;

    @Override
    public Integer call() {
      if (copies < 1) {
        throw new ParameterException(
            spec.commandLine(), "--replication-factor must be 1 or more, not " + copies);
      }
      return with(
          where,
          (schema, settings) -> {
            schema.apply(settings.localDatacenter(), copies, System.out::println);
            return 0;
          });
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
        "1:they are not, or Cassandra cannot be reached",
        "2:the command line or the configuration is wrong"
      },
      footerHeading = "%nExamples:%n",
      footer = {"  holdfast schema show --contact-point cass1 --local-datacenter dc1"})
  static final class Show implements Callable<Integer> {
    @Mixin private Where where;

    @Override
    public Integer call() {
      return with(
          where,
          (schema, settings) -> {
            System.out.println("keyspace     " + settings.keyspace());
            System.out.println("replication  " + schema.replication().orElse("(no such keyspace)"));
            System.out.println("tables       " + String.join(" ", schema.tables()));
            System.out.println(
                "version      " + schema.version() + ", this Holdfast needs " + Schema.VERSION);
            schema.check();
            return 0;
          });
    }
  }
}
