package dev.holdfast.output;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import dev.holdfast.output.OutputLog.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Chunks in Cassandra: rows of at most 64 KiB, a partition for each bucket ({@code
 * deploy/cassandra} has the tables). All is written and read at QUORUM, so what one node stored,
 * every node reads.
 */
final class CassandraChunks implements ChunkTable {
  /** Rows that are brought over at once; 16 full ones are a MiB. */
  private static final int PAGE = 16;

  private final CqlSession session;
  private final int ttlSeconds;
  private final PreparedStatement insert;
  private final PreparedStatement after;
  private final PreparedStatement newest;
  private final PreparedStatement list;
  private final PreparedStatement nextBucket;
  private final PreparedStatement buckets;
  private final PreparedStatement bucketsOfJob;
  private final PreparedStatement bucketsOfSession;
  private final PreparedStatement clear;
  private final PreparedStatement unlist;
  private final PreparedStatement unlistJob;
  private final PreparedStatement unlistSession;

  CassandraChunks(CqlSession session, String keyspace, Duration ttl) {
    this.session = session;
    this.ttlSeconds = (int) ttl.toSeconds();
    String chunks = keyspace + ".output_chunks";
    String listed = keyspace + ".output_buckets";
    String bucket = " WHERE session = ? AND job = ? AND stream = ? AND bucket = ?";
    String stream = " WHERE session = ? AND job = ? AND stream = ?";
    insert =
        prepare(
            "INSERT INTO "
                + chunks
                + " (session, job, stream, bucket, start, upto, crc, bytes)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?");
    after = prepare("SELECT start, upto, crc, bytes FROM " + chunks + bucket + " AND upto > ?");
    newest =
        prepare("SELECT upto FROM " + chunks + bucket + " ORDER BY upto DESC, start DESC LIMIT 1");
    list =
        prepare(
            "INSERT INTO "
                + listed
                + " (session, job, stream, bucket) VALUES (?, ?, ?, ?) USING TTL ?");
    nextBucket = prepare("SELECT bucket FROM " + listed + stream + " AND bucket > ? LIMIT 1");
    buckets =
        prepare(
            "SELECT bucket FROM "
                + listed
                + stream
                + " ORDER BY job DESC, stream DESC, bucket DESC");
    bucketsOfJob =
        prepare("SELECT job, stream, bucket FROM " + listed + " WHERE session = ? AND job = ?");
    bucketsOfSession = prepare("SELECT job, stream, bucket FROM " + listed + " WHERE session = ?");
    clear = prepare("DELETE FROM " + chunks + bucket);
    unlist = prepare("DELETE FROM " + listed + bucket);
    unlistJob = prepare("DELETE FROM " + listed + " WHERE session = ? AND job = ?");
    unlistSession = prepare("DELETE FROM " + listed + " WHERE session = ?");
  }

  @Override
  public int listAgainAfter() {
    return ttlSeconds / 2;
  }

  @Override
  public void insert(Place place, long bucket, Chunk chunk) {
    execute(
        in(insert, place, bucket)
            .setLong(4, chunk.start())
            .setLong(5, chunk.upto())
            .setInt(6, chunk.crc())
            .setByteBuffer(7, chunk.bytes().orElse(null))
            .setInt(8, ttlSeconds));
  }

  @Override
  public Iterator<Chunk> after(Place place, long bucket, long offset) {
    return rows(
        in(after, place, bucket).setLong(4, offset),
        row ->
            new Chunk(
                row.getLong(0),
                row.getLong(1),
                row.getInt(2),
                Optional.ofNullable(row.getByteBuffer(3))));
  }

  @Override
  public OptionalLong end(Place place, long bucket) {
    return first(in(newest, place, bucket));
  }

  /**
   * It is kept twice as long as chunks are, so that it outlives those that are written before it is
   * listed again.
   */
  @Override
  public void list(Place place, long bucket) {
    execute(in(list, place, bucket).setInt(4, 2 * ttlSeconds));
  }

  @Override
  public OptionalLong next(Place place, long bucket) {
    return first(in(nextBucket, place, bucket));
  }

  @Override
  public Iterator<Long> newestFirst(Place place) {
    return rows(of(buckets, place), row -> row.getLong(0));
  }

  @Override
  public void drop(Place place, long bucket) {
    execute(in(clear, place, bucket));
    execute(in(unlist, place, bucket));
  }

  @Override
  public void forget(String id, String job) {
    clear(id, bucketsOfJob.bind(id, job));
    execute(unlistJob.bind(id, job));
  }

  @Override
  public void forget(String id) {
    clear(id, bucketsOfSession.bind(id));
    execute(unlistSession.bind(id));
  }

  private void clear(String id, BoundStatement listed) {
    rows(listed, row -> clear.bind(id, row.getString(0), row.getByte(1), row.getLong(2)))
        .forEachRemaining(this::execute);
  }

  private OptionalLong first(BoundStatement statement) {
    Iterator<Long> found = rows(statement, row -> row.getLong(0));
    return found.hasNext() ? OptionalLong.of(found.next()) : OptionalLong.empty();
  }

  private void execute(BoundStatement statement) {
    told(() -> session.execute(statement));
  }

  /** Each page is asked for when it is come to. */
  private <T> Iterator<T> rows(BoundStatement statement, Function<Row, T> as) {
    Iterator<Row> rows = told(() -> session.execute(statement)).iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return told(rows::hasNext);
      }

      @Override
      public T next() {
        return as.apply(told(rows::next));
      }
    };
  }

  private static <T> T told(Supplier<T> ask) {
    try {
      return ask.get();
    } catch (DriverException e) {
      throw new UncheckedIOException(
          new IOException("Cassandra did not do it: " + e.getMessage(), e));
    }
  }

  private static BoundStatement in(PreparedStatement statement, Place place, long bucket) {
    return of(statement, place).setLong(3, bucket);
  }

  private static BoundStatement of(PreparedStatement statement, Place place) {
    return statement
        .bind()
        .setString(0, place.session())
        .setString(1, place.job())
        .setByte(2, ChunkTable.number(place.stream()));
  }

  private PreparedStatement prepare(String statement) {
    return session.prepare(
        SimpleStatement.builder(statement)
            .setConsistencyLevel(ConsistencyLevel.QUORUM)
            .setIdempotence(true)
            .setPageSize(PAGE)
            .build());
  }
}
