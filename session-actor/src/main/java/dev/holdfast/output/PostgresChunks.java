package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Place;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chunks in PostgreSQL: rows of at most 64 KiB ({@code deploy/postgresql} has the table). The
 * buckets that there are, are those of its rows. A row that has expired is not there any more; it
 * is deleted when one of the nodes comes to it.
 */
final class PostgresChunks implements ChunkTable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresChunks.class);

  /** Rows that are brought over at once; 16 full ones are a MiB. */
  private static final int PAGE = 16;

  /** Rows that are deleted at once, so that none of these statements takes long. */
  private static final int DELETED_AT_ONCE = 1_000;

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(5);

  private static final String KEPT = "(expires IS NULL OR expires > now())";
  private static final String OF_STREAM =
      " FROM output_chunks WHERE session = ? AND job = ? AND stream = ? AND " + KEPT;
  private static final String IN_BUCKET = OF_STREAM + " AND bucket = ?";

  private static final String INSERT =
      """
      INSERT INTO output_chunks (session, job, stream, bucket, start, upto, crc, bytes, expires)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, now() + make_interval(secs => ?))
      ON CONFLICT (session, job, stream, bucket, upto, start)
      DO UPDATE SET crc = EXCLUDED.crc, bytes = EXCLUDED.bytes, expires = EXCLUDED.expires""";
  private static final String AFTER =
      "SELECT start, upto, crc, bytes"
          + IN_BUCKET
          + " AND (upto, start) > (?, ?) ORDER BY upto, start LIMIT "
          + PAGE;
  private static final String END = "SELECT max(upto)" + IN_BUCKET;
  private static final String NEXT = "SELECT min(bucket)" + OF_STREAM + " AND bucket > ?";
  private static final String BEFORE = "SELECT max(bucket)" + OF_STREAM + " AND bucket < ?";

  private final Database database;
  private final Double ttlSeconds;
  private final ScheduledExecutorService clock;

  /**
   * @param ttl how long output is kept; zero is for ever
   */
  PostgresChunks(Database database, Duration ttl) {
    this.database = database;
    this.ttlSeconds = ttl.isZero() ? null : Double.valueOf(ttl.toMillis() / 1000.0);
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "holdfast-output-sweep");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        clock.scheduleWithFixedDelay(
            this::sweep, SWEEP_EVERY.toSeconds(), SWEEP_EVERY.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void insert(Place place, long bucket, Chunk chunk) {
    told(
        () ->
            database.update(
                INSERT,
                place.session(),
                place.job(),
                stream(place),
                bucket,
                chunk.start(),
                chunk.upto(),
                chunk.crc(),
                chunk.bytes().map(PostgresChunks::array).orElse(null),
                ttlSeconds));
  }

  @Override
  public Iterator<Chunk> after(Place place, long bucket, long offset) {
    return new Pages(place, bucket, offset);
  }

  /** Goes through the chunks of a bucket, a page at a time. */
  private final class Pages implements Iterator<Chunk> {
    private final Place place;
    private final long bucket;
    private final Deque<Chunk> page = new ArrayDeque<>();
    private long upto;
    private long start = Long.MAX_VALUE;
    private boolean last;

    Pages(Place place, long bucket, long offset) {
      this.place = place;
      this.bucket = bucket;
      this.upto = offset;
    }

    @Override
    public boolean hasNext() {
      if (page.isEmpty() && !last) {
        List<Chunk> found = told(() -> ask(AFTER, PostgresChunks::chunk, bucket, upto, start));
        page.addAll(found);
        last = found.size() < PAGE;
      }
      return !page.isEmpty();
    }

    @Override
    public Chunk next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Chunk next = page.remove();
      upto = next.upto();
      start = next.start();
      return next;
    }

    private <T> List<T> ask(String sql, Database.Row<T> row, Object... more) throws SQLException {
      return database.query(sql, row, values(place, more));
    }
  }

  @Override
  public OptionalLong end(Place place, long bucket) {
    return number(END, place, bucket);
  }

  @Override
  public void list(Place place, long bucket) {
    // Its first row does that.
  }

  @Override
  public int listAgainAfter() {
    return 0;
  }

  @Override
  public OptionalLong next(Place place, long bucket) {
    return number(NEXT, place, bucket);
  }

  @Override
  public Iterator<Long> newestFirst(Place place) {
    return Stream.iterate(
            number(BEFORE, place, Long.MAX_VALUE),
            OptionalLong::isPresent,
            bucket -> number(BEFORE, place, bucket.getAsLong()))
        .map(OptionalLong::getAsLong)
        .iterator();
  }

  @Override
  public void drop(Place place, long bucket) {
    delete(
        "session = ? AND job = ? AND stream = ? AND bucket = ?",
        place.session(),
        place.job(),
        stream(place),
        bucket);
  }

  @Override
  public void forget(String session, String job) {
    delete("session = ? AND job = ?", session, job);
  }

  @Override
  public void forget(String session) {
    delete("session = ?", session);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  /** Deletes what has expired. Nodes that do so at the same time take different rows. */
  void sweep() {
    try {
      delete("expires < now()");
    } catch (RuntimeException e) {
      LOG.warn("expired output could not be deleted; it is tried again: {}", e.getMessage());
    }
  }

  private void delete(String which, Object... values) {
    String sql =
        """
        DELETE FROM output_chunks WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM output_chunks WHERE %s LIMIT %d FOR UPDATE SKIP LOCKED))"""
            .formatted(which, DELETED_AT_ONCE);
    int deleted = DELETED_AT_ONCE;
    while (deleted == DELETED_AT_ONCE) {
      deleted = told(() -> database.update(sql, values));
    }
  }

  private OptionalLong number(String sql, Place place, long bucket) {
    Optional<Long> found =
        told(
            () ->
                database
                    .query(
                        sql,
                        row -> Optional.ofNullable(row.getObject(1, Long.class)),
                        values(place, bucket))
                    .get(0));
    return found.map(OptionalLong::of).orElseGet(OptionalLong::empty);
  }

  private static Chunk chunk(ResultSet row) throws SQLException {
    return new Chunk(
        row.getLong(1),
        row.getLong(2),
        row.getInt(3),
        Optional.ofNullable(row.getBytes(4)).map(ByteBuffer::wrap));
  }

  private static Object[] values(Place place, Object... more) {
    return Stream.concat(Stream.of(place.session(), place.job(), stream(place)), Stream.of(more))
        .toArray();
  }

  private static Integer stream(Place place) {
    return (int) ChunkTable.number(place.stream());
  }

  private static byte[] array(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.get(bytes.position(), array);
    return array;
  }

  private interface Ask<T> {
    T of() throws SQLException;
  }

  private static <T> T told(Ask<T> ask) {
    try {
      return ask.of();
    } catch (SQLException e) {
      throw new UncheckedIOException(
          new IOException("PostgreSQL did not do it: " + e.getMessage(), e));
    }
  }
}
