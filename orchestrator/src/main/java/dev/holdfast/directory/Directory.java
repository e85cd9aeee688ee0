package dev.holdfast.directory;

import dev.holdfast.actor.Watcher;
import dev.holdfast.journal.Snapshots;
import dev.holdfast.protocol.journal.v1.SessionRecord;
import dev.holdfast.session.New;
import dev.holdfast.session.Session;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
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
 * <p>It is in memory, and whole on every node: {@link News} tells the directories of the other
 * nodes what has changed here, and this one what has changed there. Thread-safe; readers take no
 * lock.
 */
public final class Directory implements Watcher {

  private static final int FEW = 5;

  private final Clock clock;
  private final int closedKept;
  private volatile String here = "";
  private final NavigableMap<String, Row> byId = new ConcurrentSkipListMap<>();
  private final Map<String, NavigableMap<Cursor, Row>> byTenant = new ConcurrentHashMap<>();
  private final TreeSet<Cursor> closed = new TreeSet<>();
  private final Map<String, List<Consumer<Session>>> watchers = new ConcurrentHashMap<>();
  private final Set<String> kept = ConcurrentHashMap.newKeySet();
  private final Set<String> changed = ConcurrentHashMap.newKeySet();

  /**
   * @param closedKept how many Closed sessions are shown at most
   */
  public Directory(int closedKept, Clock clock) {
    this.closedKept = closedKept;
    this.clock = clock;
  }

  /** Says which node this is; what it keeps from now on is known to be there. */
  public void isOn(String node) {
    here = node;
  }

  /**
   * Takes note of a session of this node as it is now. Called by its actor, in order; returns at
   * once.
   */
  @Override
  public void changed(Session session) {
    if (session instanceof New) {
      return;
    }
    store(new Row(session, here));
    kept.add(session.core().id());
    changed.add(session.core().id());
    tellWatchers(session);
  }

  @Override
  public void left(String session) {
    kept.remove(session);
  }

  /**
   * Takes note of a session that another node keeps. What its last owner said when it had been
   * taken over already is dropped.
   *
   * @param node that node's address
   * @return whether it was news
   */
  boolean learn(SessionRecord told, String node) {
    Row known = byId.get(told.getCore().getId());
    if (known != null) {
      long epoch = known.session().core().epoch();
      if (epoch > told.getCore().getEpoch()
          || (epoch == told.getCore().getEpoch() && kept.contains(known.id()))) {
        return false;
      }
    }
    Session session = known == null ? Snapshots.read(told) : Snapshots.told(told, known.session());
    store(new Row(session, node));
    kept.remove(session.core().id());
    tellWatchers(session);
    return true;
  }

  /** The sessions of this node that have changed since this was called last. */
  List<Session> takeChanged() {
    List<Session> all = new ArrayList<>();
    for (Iterator<String> ids = changed.iterator(); ids.hasNext(); ) {
      String id = ids.next();
      ids.remove();
      if (kept.contains(id)) {
        get(id).ifPresent(all::add);
      }
    }
    return all;
  }

  /** All sessions of this node. */
  public List<Session> kept() {
    return kept.stream().flatMap(id -> get(id).stream()).toList();
  }

  /** How many sessions of this node are in a state. */
  public int countKept(State state) {
    return (int) kept().stream().filter(session -> State.of(session) == state).count();
  }

  /** A session of this node. */
  Optional<Session> kept(String id) {
    return kept.contains(id) ? get(id) : Optional.empty();
  }

  private void tellWatchers(Session session) {
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
    kept.remove(id);
    if (row != null) {
      byTenant.get(row.tenant()).remove(row.place());
    }
  }

  /** The session with exactly this id, whoever's it is. */
  public Optional<Session> get(String id) {
    return Optional.ofNullable(byId.get(id)).map(Row::session);
  }

  /** All sessions of a tenant that are shown. */
  Stream<Session> of(String tenant) {
    return rows(tenant).values().stream().map(Row::session);
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

  /** How many sessions live on a node, and how many of those are Opened. */
  public Count count(String node) {
    int live = 0;
    int opened = 0;
    for (Row row : byId.values()) {
      if (!row.node().equals(node)) {
        continue;
      }
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
