package dev.holdfast.actor.store.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.Sessions;
import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.actor.store.EmbeddedEvents;
import dev.holdfast.actor.store.EmbeddedEvents.Kept;
import dev.holdfast.actor.store.EmbeddedEvents.Numbered;
import dev.holdfast.actor.store.RawEvent;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.StoreException.Kind;
import dev.holdfast.output.FileOutputLog;
import dev.holdfast.output.OutputCopy;
import dev.holdfast.output.OutputLog.Place;
import dev.holdfast.output.TableOutputLog;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.cassandra.query.javadsl.CassandraReadJournal;
import org.apache.pekko.persistence.query.EventEnvelope;
import org.apache.pekko.persistence.query.Offset;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.stream.javadsl.Sink;

/**
 * Brings everything that an embedded node keeps to Cassandra, in three steps that the caller takes
 * in their order:
 *
 * <ol>
 *   <li>{@link #look}: what is there already is compared, and nothing is written. A session that is
 *       there with other events is refused;
 *   <li>{@link #copy}: events, to the byte and with their numbers and tags, and job output;
 *   <li>{@link #verify}: all of it is read back and compared.
 * </ol>
 *
 * <p>Each may be interrupted at any moment and begun anew: what is there is known and left alone.
 * Snapshots stay behind, because events are all that is needed; so do the ids that shards remember,
 * because the first node of a cluster wakes every session that has not ended.
 *
 * <p>A session that was brought over before, and has gone on since on Cassandra, is left as it is.
 */
public final class Migration implements Closeable {

  private static final int AT_ONCE = 8;
  private static final int PAGE = 500;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration TOLD_EVERY = Duration.ofSeconds(2);
  private static final Duration TAGGED = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int PREFIX = Sessions.persistenceId("").id().length();

  private final Deque<Closeable> parts = new ArrayDeque<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
  private final Consumer<String> said;
  private final EmbeddedEvents source;
  private final FileOutputLog sourceOutput;
  private final ActorSystem system;
  private final CassandraReadJournal target;
  private final OutputCopy output;

  /** What is to be done about a session. */
  public enum Standing {
    /** Cassandra has none, or the first, of its events. */
    TO_COPY,
    /** Cassandra has all of its events, and no more. */
    SAME,
    /** Cassandra has all of its events, and more: nodes have worked with it there. */
    GONE_ON,
    /** Cassandra has other events. */
    DIFFERS
  }

  /**
   * A session in both places.
   *
   * @param there how many events Cassandra has
   */
  public record Found(Kept kept, long there, Standing standing) {}

  /**
   * What was read back.
   *
   * @param checksum over all events of all sessions, in hex
   */
  public record Verified(int sessions, long events, long outputBytes, String checksum) {}

  /**
   * Opens both sides. The directory is locked by the caller, so no node runs on it.
   *
   * @param said hears of progress, a line every two seconds
   * @throws StoreException when one side cannot be used
   */
  public Migration(DataDirectory directory, CassandraSettings settings, Consumer<String> said)
      throws IOException {
    this.said = said;
    parts.push(threads::shutdownNow);
    try {
      this.source = own(EmbeddedEvents.open(directory));
      this.sourceOutput = new FileOutputLog(directory.output());
      parts.push(sourceOutput::close);
      Config config = CassandraJournal.prepare(settings);
      CqlSession session = CassandraClient.connect(settings);
      parts.push(session::close);
      var targetOutput =
          TableOutputLog.on(
              session, settings.keyspace(), settings.outputTtl(), settings.outputPoll());
      parts.push(targetOutput::close);
      this.output = new OutputCopy(sourceOutput, targetOutput);
      this.system = ActorSystem.create("holdfast-migration", withRawEvents(config));
      parts.push(() -> stop(system));
      this.target =
          PersistenceQuery.get(system)
              .getReadJournalFor(CassandraReadJournal.class, CassandraReadJournal.Identifier());
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void stop(ActorSystem system) throws IOException {
    system.terminate();
    await(system.getWhenTerminated());
  }

  private static Config withRawEvents(Config journal) {
    return ConfigFactory.parseString(
            """
            pekko {
              actor.provider = local
              actor.serializers.holdfast = "%s"
              actor.serialization-bindings { "%s" = holdfast }
              coordinated-shutdown.run-by-jvm-shutdown-hook = off
              loglevel = WARNING
              stdout-loglevel = WARNING
              loggers = ["org.apache.pekko.event.slf4j.Slf4jLogger"]
              logging-filter = "org.apache.pekko.event.slf4j.Slf4jLoggingFilter"
            }
            """
                .formatted(RawEvents.class.getName(), RawEvent.class.getName()))
        .withFallback(journal)
        .withFallback(ConfigFactory.load());
  }

  /** Compares what is in both places; changes nothing. */
  public List<Found> look() throws IOException {
    return each("compared", source.sessions(), this::look);
  }

  private Found look(Kept kept) throws IOException {
    var comparison = new Comparison(kept.session());
    long there = read(kept.session(), comparison);
    Standing standing =
        comparison.differs
            ? Standing.DIFFERS
            : there > kept.events()
                ? Standing.GONE_ON
                : there == kept.events() ? Standing.SAME : Standing.TO_COPY;
    return new Found(kept, there, standing);
  }

  /** Refuses, in words for people, when a session differs. */
  public static void refuseDifferent(List<Found> found) throws StoreException {
    List<String> different =
        found.stream()
            .filter(it -> it.standing() == Standing.DIFFERS)
            .map(it -> it.kept().session())
            .toList();
    if (!different.isEmpty()) {
      throw new StoreException(
          Kind.DIFFERS,
          different.size()
              + " sessions are in Cassandra with other events: "
              + String.join(" ", different.subList(0, Math.min(10, different.size()))),
          "bring this node's sessions to a keyspace of their own (--keyspace)");
    }
  }

  /** Writes what is missing. */
  public void copy(List<Found> found) throws IOException {
    refuseDifferent(found);
    List<Found> ours = found.stream().filter(it -> it.standing() != Standing.GONE_ON).toList();
    each("copied", ours, this::copy);
  }

  private Found copy(Found one) throws IOException {
    Kept kept = one.kept();
    var done = new CompletableFuture<Long>();
    system.actorOf(MovedSession.props(source, kept.session(), one.there(), done));
    await(done);
    for (Place place : places(kept.session())) {
      output.copy(place);
    }
    return one;
  }

  /**
   * Reads everything back.
   *
   * @throws StoreException of kind {@code DIFFERS} when it is not what was to be copied
   */
  public Verified verify(List<Found> found) throws IOException {
    awaitTagged(Sessions.OPENED_TAG);
    awaitTagged(Sessions.CLOSED_TAG);
    var bytes = new AtomicLong();
    var events = new AtomicLong();
    List<String> sums =
        each(
            "verified",
            found,
            one -> {
              events.addAndGet(one.kept().events());
              return verify(one, bytes);
            });
    var all = sha256();
    sums.forEach(sum -> all.update(HexFormat.of().parseHex(sum)));
    return new Verified(found.size(), events.get(), bytes.get(), hex(all));
  }

  /** Nodes find sessions by tags, which Cassandra shows some seconds after the events. */
  private void awaitTagged(String tag) throws IOException {
    Set<String> missing = source.tagged(tag);
    long until = System.nanoTime() + TAGGED.toNanos();
    missing.removeAll(tagged(tag));
    while (!missing.isEmpty()) {
      if (System.nanoTime() > until) {
        throw new StoreException(
            Kind.DIFFERS,
            "%d sessions lack the tag %s in Cassandra: %s"
                .formatted(missing.size(), tag, missing.iterator().next()),
            "run this again");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
      missing.removeAll(tagged(tag));
    }
  }

  private Set<String> tagged(String tag) throws IOException {
    return await(
        target
            .currentEventsByTag(tag, Offset.noOffset())
            .map(envelope -> envelope.persistenceId().substring(PREFIX))
            .runWith(Sink.seq(), system)
            .thenApply(Set::copyOf));
  }

  private String verify(Found one, AtomicLong bytes) throws IOException {
    Kept kept = one.kept();
    var here = sha256();
    for (long next = 0; next < kept.events(); ) {
      for (Numbered each : source.read(kept.session(), next, PAGE)) {
        add(here, each.number(), each.event());
        next = each.number();
      }
    }
    var there = sha256();
    var count = new AtomicLong();
    read(
        kept.session(),
        (number, event) -> {
          if (count.incrementAndGet() <= kept.events()) {
            add(there, number, event);
          }
        });
    String expected = hex(here);
    if (count.get() < kept.events() || !expected.equals(hex(there))) {
      throw new StoreException(
          Kind.DIFFERS,
          "session " + kept.session() + " is not in Cassandra as it is here",
          "is a node running there? Stop it and run this again");
    }
    if (one.standing() != Standing.GONE_ON) {
      for (Place place : places(kept.session())) {
        bytes.addAndGet(output.compare(place));
      }
    }
    return expected;
  }

  private List<Place> places(String session) throws IOException {
    return sourceOutput.places(session);
  }

  private interface Take {
    void event(long number, RawEvent event) throws IOException;
  }

  /** Reads a session's events in Cassandra; gives how many there are. */
  private long read(String session, Take each) throws IOException {
    String id = Sessions.persistenceId(session).id();
    return await(
        target
            .currentEventsByPersistenceId(id, 0, Long.MAX_VALUE)
            .map(
                (EventEnvelope envelope) -> {
                  each.event(envelope.sequenceNr(), (RawEvent) envelope.event());
                  return 1L;
                })
            .runWith(Sink.fold(0L, Long::sum), system));
  }

  /** Holds what Cassandra has against what is here. */
  private final class Comparison implements Take {

    private final String session;
    private final Deque<Numbered> here = new ArrayDeque<>();
    private long next = 1;
    private boolean ended;
    private boolean differs;

    Comparison(String session) {
      this.session = session;
    }

    @Override
    public void event(long number, RawEvent event) throws IOException {
      if (here.isEmpty() && !ended) {
        here.addAll(source.read(session, next - 1, PAGE));
        ended = here.isEmpty();
      }
      differs |= number != next;
      if (!ended) {
        differs |= !here.removeFirst().event().equals(event);
      }
      next++;
    }
  }

  private interface Work<I, T> {
    T on(I item) throws IOException;
  }

  /** Does something for each, some at a time, and tells how far it is. */
  private <I, T> List<T> each(String verb, List<I> items, Work<I, T> work) throws IOException {
    var finished = new AtomicLong();
    var told = new AtomicLong(System.nanoTime());
    List<Callable<T>> tasks = new ArrayList<>();
    for (I item : items) {
      tasks.add(
          () -> {
            T result = work.on(item);
            long count = finished.incrementAndGet();
            long since = told.get();
            if (System.nanoTime() - since > TOLD_EVERY.toNanos()
                && told.compareAndSet(since, System.nanoTime())) {
              said.accept("%s %d of %d sessions".formatted(verb, count, items.size()));
            }
            return result;
          });
    }
    List<T> results = new ArrayList<>();
    try {
      for (var done : tasks.stream().map(threads::submit).toList()) {
        results.add(done.get());
      }
    } catch (ExecutionException e) {
      throw asIo(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    said.accept("%s %d of %d sessions".formatted(verb, items.size(), items.size()));
    return results;
  }

  private static <T> T await(CompletionStage<T> stage) throws IOException {
    try {
      return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw asIo(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("Cassandra did not answer in " + PATIENCE.toMinutes() + " min", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static IOException asIo(Throwable cause) {
    return cause instanceof IOException io
        ? io
        : new IOException(String.valueOf(cause.getMessage()), cause);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(MessageDigest sum, long number, RawEvent event) {
    sum.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(number)
            .putInt(event.bytes().size())
            .flip());
    sum.update(event.manifest().getBytes(UTF_8));
    sum.update(event.bytes().asReadOnlyByteBuffer());
  }

  private static String hex(MessageDigest sum) {
    return HexFormat.of().formatHex(sum.digest());
  }

  private <T extends Closeable> T own(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public void close() throws IOException {
    while (!parts.isEmpty()) {
      parts.pop().close();
    }
  }
}
