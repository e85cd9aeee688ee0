package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import dev.holdfast.actor.Answer;
import dev.holdfast.actor.Message;
import dev.holdfast.actor.store.postgresql.Postgres;
import dev.holdfast.actor.store.postgresql.PostgresJournal;
import dev.holdfast.actor.store.postgresql.PostgresOwners;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.session.Command;
import dev.holdfast.session.Session;
import dev.holdfast.sql.Database;
import dev.holdfast.transport.LinkReport;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnePostgres.class)
final class PostgresReplacedOwnerTest extends ReplacedOwnerContract {
  private static final String LATE =
      """
      INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,
        adapter_manifest, event_ser_id, event_ser_manifest, event_payload)
      SELECT persistence_id, (SELECT max(sequence_number) + 1 FROM event_journal), writer,
        write_timestamp, adapter_manifest, event_ser_id, event_ser_manifest, event_payload
      FROM event_journal WHERE sequence_number = ?""";

  private static PostgresServer server;
  private static PostgresSettings settings;
  private Database database;

  @BeforeAll
  static void find(PostgresServer given) {
    server = given;
    settings = Postgres.settings(server, "replaced_test");
  }

  @AfterEach
  void dropSchema() throws SQLException {
    database.update("DROP SCHEMA replaced_test CASCADE");
    database.close();
  }

  /** What the replaced owner had sent before it knew, arrives after its successor has begun. */
  @Test
  void anOwnerWhoseNextNumberIsTakenByALateEventReadsAgainAndGoesOn() throws Exception {
    try (Node old = node();
        Node next = node()) {
      ActorRef<Message> replaced = actor(old);
      ask(old, replaced, new Command.Open(ID, terms(), ALICE));
      links.next().says(new LinkReport.Up("boot", 1, true));
      ask(old, replaced, submit("first"));
      long ofOld = highest();
      ActorRef<Message> owner = actor(next);
      ask(next, owner, submit("second"));
      assertEquals(1, database.update(LATE, ofOld));
      Session after = askAgain(next, owner, submit("third")).session();
      assertEquals(List.of("first", "second", "third"), keys(after));
    }
    try (Node later = node()) {
      Session read = ask(later, actor(later), new Command.Look()).session();
      assertEquals(List.of("first", "second", "third"), keys(read));
    }
  }

  private long highest() throws SQLException {
    return database
        .query("SELECT max(sequence_number) FROM event_journal", row -> row.getLong(1))
        .get(0);
  }

  /** With the same key, until there is an answer, as clients do. */
  private static Answer askAgain(Node node, ActorRef<Message> actor, Command command) {
    long deadline = System.nanoTime() + Node.DEADLINE.toNanos();
    while (true) {
      try {
        return AskPattern.<Message, Answer>ask(
                actor,
                to -> new Message.Ask(command, ALICE, to),
                Duration.ofSeconds(3),
                node.system().scheduler())
            .toCompletableFuture()
            .join();
      } catch (CompletionException notYet) {
        assertTrue(System.nanoTime() < deadline, notYet::toString);
      }
    }
  }

  @Override
  Config journal() throws IOException {
    return PostgresJournal.prepare(settings, database);
  }

  /** Called once before each test. */
  @Override
  Owners owners() throws IOException {
    database = Postgres.made(server, "replaced_test");
    return new PostgresOwners(database);
  }
}
