package dev.holdfast.node;

import com.typesafe.config.ConfigException;
import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Migration;
import dev.holdfast.actor.store.cassandra.Migration.Found;
import dev.holdfast.actor.store.cassandra.Migration.Standing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast migrate}: what an embedded node keeps, brought to Cassandra. */
@Command(
    name = "holdfast migrate",
    header = "Brings the sessions of an embedded node to Cassandra.",
    description = {
      "Copies the events and the job output of every session, reads all of it back and compares it. Afterwards nodes with"
          + " `store = cassandra` serve the sessions: same ids, queues, jobs and history. Snapshots stay behind; nothing"
          + " needs them.",
      "The node must be stopped, and so must those that use the keyspace: the first that is started afterwards wakes the"
          + " sessions. It may be interrupted at any moment and run again: what is there is known and left alone. A"
          + " keyspace that has one of the sessions with other events is refused before anything is written.",
      "The data directory is left as it is, with a file `moved`, beside which no embedded node starts any more. Jobs go"
          + " on meanwhile."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Server.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything is in Cassandra, and was compared (with --dry-run: can be copied)",
      "1:refused, or failed; run it again",
      "2:the command line or the configuration is wrong"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast schema apply --contact-point cass1",
      "  holdfast migrate --data-dir /var/lib/holdfast --contact-point cass1 --dry-run",
      "  holdfast migrate --data-dir /var/lib/holdfast --contact-point cass1"
    })
public final class MigrateVerb implements Callable<Integer> {

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      required = true,
      description = "The data directory of the embedded node, which must be stopped.")
  private Path directory;

  @Option(names = "--dry-run", description = "Only compare, and say what there is to do.")
  private boolean dry;

  @Mixin private SchemaVerb.Where where;

  private MigrateVerb() {}

  /** Runs the verb; returns its exit code. */
  public static int run(String[] args) {
    return new CommandLine(new MigrateVerb()).execute(args);
  }

  @Override
  public Integer call() {
    CassandraSettings settings;
    try {
      settings = where.settings();
    } catch (IOException | ConfigException | IllegalArgumentException e) {
      return Server.told(2, e.getMessage(), "every key is explained in docs/configuration.md");
    }
    try {
      try (DataDirectory data = DataDirectory.existing(directory);
          Migration migration = new Migration(data, settings, MigrateVerb::say)) {
        migrate(data, migration, "Cassandra, keyspace " + settings.keyspace());
        return 0;
      }
    } catch (StoreException e) {
      return Server.told(1, e.getMessage(), e.advice());
    } catch (IOException e) {
      return Server.told(1, e.getMessage(), "it is safe to run it again");
    }
  }

  private void migrate(DataDirectory data, Migration migration, String to) throws IOException {
    List<Found> found = migration.look();
    long missing =
        found.stream()
            .filter(it -> it.standing() == Standing.TO_COPY)
            .mapToLong(it -> it.kept().events() - it.there())
            .sum();
    System.out.printf(
        "%d sessions: %d to copy (%d events), %d there already, %d there and gone on since%n",
        found.size(),
        count(found, Standing.TO_COPY),
        missing,
        count(found, Standing.SAME),
        count(found, Standing.GONE_ON));
    Migration.refuseDifferent(found);
    if (dry) {
      System.out.println("nothing was written (--dry-run)");
      return;
    }
    migration.copy(found);
    var verified = migration.verify(found);
    Moved.mark(data, to);
    System.out.printf(
        "%d sessions, %d events and %d bytes of output were read back and are the same (SHA-256 of the events %s)%n",
        verified.sessions(), verified.events(), verified.outputBytes(), verified.checksum());
    System.out.println("they are in " + to + "; start the nodes with holdfast.store = cassandra");
  }

  private static void say(String line) {
    System.out.println(line);
  }

  private static long count(List<Found> found, Standing standing) {
    return found.stream().filter(it -> it.standing() == standing).count();
  }
}
