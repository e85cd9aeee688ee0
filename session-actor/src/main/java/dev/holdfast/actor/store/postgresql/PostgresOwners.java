package dev.holdfast.actor.store.postgresql;

import dev.holdfast.actor.store.Owners;
import dev.holdfast.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Owners in the table {@code session_owners}. One statement reads the term and writes the next one;
 * of two at the same moment the second waits for the first, and counts on from it.
 */
public final class PostgresOwners implements Owners {

  private static final String TAKE =
      """
      INSERT INTO session_owners AS before (session, owner, term) VALUES (?, ?, 1)
      ON CONFLICT (session) DO UPDATE SET owner = EXCLUDED.owner, term = before.term + 1
      RETURNING owner, term""";
  private static final String OWNER = "SELECT owner, term FROM session_owners WHERE session = ?";

  private final Database database;

  /** Uses the tables through a connection that stays the caller's. */
  public PostgresOwners(Database database) {
    this.database = database;
  }

  @Override
  public CompletionStage<Owner> take(String session) {
    return database.later(
        it -> it.query(TAKE, PostgresOwners::owner, session, UUID.randomUUID()).get(0));
  }

  @Override
  public CompletionStage<Optional<Owner>> owner(String session) {
    return database.later(
        it -> it.query(OWNER, PostgresOwners::owner, session).stream().findFirst());
  }

  private static Owner owner(ResultSet row) throws SQLException {
    return new Owner(row.getObject(1, UUID.class), row.getLong(2));
  }
}
