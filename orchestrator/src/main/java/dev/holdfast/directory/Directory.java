package dev.holdfast.directory;

import dev.holdfast.session.New;
import dev.holdfast.session.Session;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which sessions there are: the read side. Actors say what has become of their session, clients
 * ask; neither waits for the other, and nothing here ever asks an actor.
 *
 * <p>Guarantees: an answer shows each session as its actor last said it; a page holds only sessions
 * of the tenant that asks; paging through a list shows every session that is there all the time
 * exactly once. Closed sessions are kept up to a bound, then the one that was closed first is
 * forgotten.
 *
 * <p>This one is in memory, for a node that keeps all sessions itself. Thread-safe; readers take no
 * lock.
 */
public final class Directory {

  private static final int FEW = 5;

  private final Clock clock;
  private final int closedKept;
  private final NavigableMap<String, Row> byId = new ConcurrentSkipListMap<>();
  private final Map<String, NavigableMap<Cursor, Row>> byTenant = new ConcurrentHashMap<>();
  private final TreeSet<Cursor> closed = new TreeSet<>();
  private final Map<String, List<Consumer<Session>>> watchers = new ConcurrentHashMap<>();

  /**
   * @param closedKept how many Closed sessions are shown at most
   */
  public Directory(int closedKept, Clock clock) {
    this.closedKept = closedKept;
    this.clock = clock;
  }

  /** Takes note of a session as it is now. Called by its actor, in order; returns at once. */
  public void update(Session session) {
    if (session instanceof New) {
      return;
    }
    store(new Row(session));
    watchers
        .getOrDefault(session.core().id(), List.of())
        .forEach(watcher -> watcher.accept(session));
  }

  private synchronized void store(Row row) {
    byId.put(row.id(), row);
    byTenant
        .computeIfAbsent(row.tenant(), tenant -> new ConcurrentSkipListMap<>())
        .put(row.place(), row);
    if (!row.isLive()) {
      closed.add(new Cursor(row.session().core().since(), row.id()));
      if (closed.size() > closedKept) {
        // The order is newest first, so the last is the one closed first.
        forget(closed.pollLast().id());
      }
    }
  }

  private void forget(String id) {
    Row row = byId.remove(id);
    if (row != null) {
      byTenant.get(row.tenant()).remove(row.place());
    }
  }

  /** The session with exactly this id, whoever's it is. */
  public Optional<Session> get(String id) {
    return Optional.ofNullable(byId.get(id)).map(Row::session);
  }

  /** One page of what is wanted. */
  public Page list(Query query) {
    var now = clock.instant();
    List<Session> page = new ArrayList<>();
    Optional<Cursor> last = Optional.empty();
    boolean more = false;
    int total = 0;
    for (Row row : rows(query.tenant()).values()) {
      if (!query.fits(row)) {
        continue;
      }
      total++;
      Cursor place = row.place();
      if (query.after().map(cursor -> place.compareTo(cursor) > 0).orElse(true)) {
        if (page.size() < query.size()) {
          page.add(row.session());
          last = Optional.of(place);
        } else {
          more = true;
        }
      }
    }
    return new Page(List.copyOf(page), more ? last : Optional.empty(), now, total);
  }

  /**
   * The one session that is meant: by its whole id in any state, else the one that lives, else the
   * one that is Closed.
   */
  public Found find(String tenant, Selector selector) {
    if (selector instanceof Selector.Word word) {
      Row exact = byId.get(word.text());
      if (exact != null && exact.tenant().equals(tenant)) {
        return new Found.One(exact.session());
      }
    }
    Found living = only(tenant, selector, Row::isLive);
    return living instanceof Found.None ? only(tenant, selector, row -> !row.isLive()) : living;
  }

  private Found only(String tenant, Selector selector, Predicate<Row> which) {
    List<Session> fitting;
    try (Stream<Row> rows = rows(tenant).values().stream()) {
      fitting =
          rows.filter(which).filter(selector::fits).limit(FEW + 1L).map(Row::session).toList();
    }
    return switch (fitting.size()) {
      case 0 -> new Found.None();
      case 1 -> new Found.One(fitting.get(0));
      default -> new Found.Many(fitting.stream().limit(FEW).map(s -> s.core().id()).toList());
    };
  }

  private NavigableMap<Cursor, Row> rows(String tenant) {
    return byTenant.getOrDefault(tenant, new ConcurrentSkipListMap<>());
  }

  /** How many sessions live here, and how many of those are Opened. */
  public Count count() {
    int live = 0;
    int opened = 0;
    for (Iterator<Row> rows = byId.values().iterator(); rows.hasNext(); ) {
      Row row = rows.next();
      live += row.isLive() ? 1 : 0;
      opened += row.state() == State.OPENED ? 1 : 0;
    }
    return new Count(live, opened);
  }

  /** Numbers of sessions. */
  public record Count(int live, int opened) {}

  /**
   * Tells of every change of one session from now on, on the thread of its actor: {@code watcher}
   * must not block.
   */
  public Watch watch(String id, Consumer<Session> watcher) {
    watchers.compute(
        id,
        (key, some) -> {
          List<Consumer<Session>> all = some == null ? new CopyOnWriteArrayList<>() : some;
          all.add(watcher);
          return all;
        });
    return () ->
        watchers.computeIfPresent(
            id,
            (key, some) -> {
              some.remove(watcher);
              return some.isEmpty() ? null : some;
            });
  }

  /** A running watch. */
  public interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
