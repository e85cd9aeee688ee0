package dev.holdfast.output;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import dev.holdfast.output.OutputLog.Place;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The statements of {@link CassandraOutputLog}. All can be repeated without harm, and all are of
 * QUORUM. A bucket is listed before its first chunk is written, and unlisted after its chunks are
 * deleted, so no chunk is ever out of reach.
 */
final class ChunkTable {
  /** Rows that are brought over at once; 16 full ones are a MiB. */
  private static final int PAGE = 16;

  private final CqlSession session;
  private final int bucketBytes;
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

  ChunkTable(CqlSession session, String keyspace, Duration ttl, int bucketBytes) {
    this.session = session;
    this.bucketBytes = bucketBytes;
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

  /** In which bucket an offset is. */
  long bucket(long offset) {
    return offset / bucketBytes;
  }

  /** The first offset of a bucket. */
  long start(long bucket) {
    return bucket * bucketBytes;
  }

  /** How often, in seconds, a bucket that is still written must be listed again; 0 is never. */
  int listAgainAfter() {
    return ttlSeconds / 2;
  }

  void insert(Place place, Chunk chunk) {
    long bucket = bucket(chunk.bytes().isPresent() ? chunk.start() : chunk.upto());
    session.execute(
        in(insert, place, bucket)
            .setLong(4, chunk.start())
            .setLong(5, chunk.upto())
            .setInt(6, chunk.crc())
            .setByteBuffer(7, chunk.bytes().orElse(null))
            .setInt(8, ttlSeconds));
  }

  /** The chunks of a bucket that reach beyond an offset, by where they end. */
  Iterator<Chunk> after(Place place, long bucket, long offset) {
    Iterator<Row> rows = session.execute(in(after, place, bucket).setLong(4, offset)).iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Chunk next() {
        Row row = rows.next();
        return new Chunk(
            row.getLong(0),
            row.getLong(1),
            row.getInt(2),
            Optional.ofNullable(row.getByteBuffer(3)));
      }
    };
  }

  /** Where the last chunk of a bucket ends. */
  OptionalLong end(Place place, long bucket) {
    Row row = session.execute(in(newest, place, bucket)).one();
    return row == null ? OptionalLong.empty() : OptionalLong.of(row.getLong(0));
  }

  /**
   * Writes down that a bucket is there. It is kept twice as long as chunks are, so that it outlives
   * those that are written before it is listed again.
   */
  void list(Place place, long bucket) {
    session.execute(in(list, place, bucket).setInt(4, 2 * ttlSeconds));
  }

  /** The listed bucket after this one; -1 is before the first. */
  OptionalLong next(Place place, long bucket) {
    Row row = session.execute(in(nextBucket, place, bucket)).one();
    return row == null ? OptionalLong.empty() : OptionalLong.of(row.getLong(0));
  }

  /** The listed buckets, the newest first. */
  Iterator<Long> newestFirst(Place place) {
    Iterator<Row> rows = session.execute(of(buckets, place)).iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public Long next() {
        return rows.next().getLong(0);
      }
    };
  }

  void drop(Place place, long bucket) {
    session.execute(in(clear, place, bucket));
    session.execute(in(unlist, place, bucket));
  }

  void forget(String id, String job) {
    clear(id, bucketsOfJob.bind(id, job));
    session.execute(unlistJob.bind(id, job));
  }

  void forget(String id) {
    clear(id, bucketsOfSession.bind(id));
    session.execute(unlistSession.bind(id));
  }

  private void clear(String id, BoundStatement listed) {
    for (Row row : session.execute(listed)) {
      session.execute(clear.bind(id, row.getString(0), row.getByte(1), row.getLong(2)));
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
        .setByte(2, number(place.stream()));
  }

  /** What stands for a stream in the tables; never to be changed. */
  private static byte number(StreamName stream) {
    return switch (stream) {
      case OUT -> 1;
      case ERR -> 2;
      case IN -> 3;
    };
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
