package dev.holdfast.output;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Job output in the tables of a server that all nodes share, where every node finds it: rows of at
 * most 64 KiB, in buckets of one MiB of a stream ({@code deploy} has the tables). What one node
 * stored, every node reads.
 *
 * <p>Several processes may write the same stream, as an owner that does not know yet that it has
 * been replaced does: what they store at the same offset is the same, because they have it from the
 * same place, and none of them shortens or replaces what another has stored. Only a writer's own
 * idea of where the output ends can be late, and an append from there changes nothing.
 *
 * <p>Every call is one or a few statements, each with the driver's deadline. A statement that was
 * not answered in time fails the call, and may have been carried out all the same; repeating the
 * call is harmless.
 *
 * <p>Output is kept for a while only ({@code ttl}); what is older is gone from the front, which
 * readers see as a later offset. Nothing has to be synced: that is the server's own affair ({@code
 * commitlog_sync}, {@code synchronous_commit}).
 *
 * <p>Watchers hear at once of what is stored through this log. What other processes store is found
 * by looking, job by job and only while somebody watches it; see {@link WatchRounds}.
 */
public final class TableOutputLog implements OutputLog {
  /** What a bucket holds of one stream. */
  static final Buckets MIB = new Buckets(1024 * 1024);

  /** The most bytes one {@link #read} may ask for. */
  public static final int MAX_READ = 1024 * 1024;

  private static final int REMEMBERED_STREAMS = 10_000;

  private final ChunkTable table;
  private final Buckets buckets;
  private final Watchers watchers = new Watchers();
  private final WatchRounds rounds;
  private final Map<Place, StreamChunks> streams =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, StreamChunks> eldest) {
          return size() > REMEMBERED_STREAMS;
        }
      };
  private volatile boolean closed;

  /**
   * Opens the log in Cassandra. The session stays the caller's, who closes it after the log.
   *
   * @param ttl how long output is kept; zero is for ever
   * @param poll how often a job that is watched is looked at
   */
  public static OutputLog on(CqlSession session, String keyspace, Duration ttl, Duration poll)
      throws IOException {
    try {
      return new TableOutputLog(new CassandraChunks(session, keyspace, ttl), poll, MIB);
    } catch (DriverException e) {
      throw new IOException("the tables for output cannot be used: " + e.getMessage(), e);
    }
  }

  /** The same in PostgreSQL, in the schema that comes first on the connections' search path. */
  public static OutputLog on(Database database, Duration ttl, Duration poll) {
    return new TableOutputLog(new PostgresChunks(database, ttl), poll, MIB);
  }

  TableOutputLog(ChunkTable table, Duration poll, Buckets buckets) {
    this.table = table;
    this.buckets = buckets;
    this.rounds = new WatchRounds(poll, this::end, watchers);
  }

  @Override
  public long end(Place place) throws IOException {
    return use(place, StreamChunks::end);
  }

  @Override
  public long begin(Place place) throws IOException {
    return use(place, StreamChunks::begin);
  }

  @Override
  public void append(Place place, long offset, ByteBuffer bytes) throws IOException {
    change(place, stream -> stream.append(offset, bytes));
  }

  @Override
  public void skipTo(Place place, long offset) throws IOException {
    change(place, stream -> stream.skipTo(offset));
  }

  @Override
  public void trim(Place place, long keep) throws IOException {
    if (keep < 0) {
      throw new IllegalArgumentException("cannot keep " + keep + " bytes");
    }
    change(place, stream -> stream.trim(keep));
  }

  /** Does nothing: what was stored is as safe as the server makes it. */
  @Override
  public void sync(String session, String job) throws IOException {
    Place.checked(session);
    Place.checked(job);
    checkOpen();
  }

  @Override
  public Piece read(Place place, long offset, int max) throws IOException {
    if (offset < 0 || max < 1 || max > MAX_READ) {
      throw new IllegalArgumentException("cannot read " + max + " bytes from offset " + offset);
    }
    return use(place, stream -> stream.read(offset, max));
  }

  @Override
  public Watch watch(String session, String job, Runnable changed) {
    Watch local = watchers.add(Place.checked(session), Place.checked(job), changed);
    Watch remote = rounds.add(session, job);
    return () -> {
      local.close();
      remote.close();
    };
  }

  @Override
  public void forget(String session, String job) throws IOException {
    Place.checked(session);
    Place.checked(job);
    checkOpen();
    asked(
        () -> {
          table.forget(session, job);
          return true;
        });
    drop(session, job);
    watchers.changed(session, job);
  }

  @Override
  public void forget(String session) throws IOException {
    Place.checked(session);
    checkOpen();
    asked(
        () -> {
          table.forget(session);
          return true;
        });
    synchronized (streams) {
      streams.keySet().removeIf(place -> place.session().equals(session));
    }
    watchers.changed(session);
  }

  /** Stops looking for its watchers. The connection stays open. */
  @Override
  public void close() throws IOException {
    closed = true;
    rounds.close();
    table.close();
  }

  private void drop(String session, String job) {
    synchronized (streams) {
      for (StreamName name : StreamName.values()) {
        streams.remove(new Place(session, job, name));
      }
    }
  }

  private interface Use<T> {
    T of(StreamChunks stream) throws IOException;
  }

  private interface Ask<T> {
    T run() throws IOException;
  }

  private void change(Place place, Use<Boolean> what) throws IOException {
    if (use(place, what)) {
      rounds.changedHere(place);
      watchers.changed(place.session(), place.job());
    }
  }

  private <T> T use(Place place, Use<T> what) throws IOException {
    checkOpen();
    StreamChunks stream;
    synchronized (streams) {
      stream = streams.computeIfAbsent(place, it -> new StreamChunks(table, buckets, it));
    }
    return asked(() -> what.of(stream));
  }

  private static <T> T asked(Ask<T> ask) throws IOException {
    try {
      return ask.run();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
  }
}
