package dev.holdfast.chronicle;

import dev.holdfast.protocol.v1.HistoryEntry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * The last {@value #KEPT} entries of a chronicle, and those who wait for the next. They are asked
 * for most; what lies before them is in the journal. At most {@value #WAITING} wait; who comes
 * beyond that is answered at once.
 */
final class Recent {

  private static final int KEPT = 2_000;
  private static final int WAITING = 10_000;

  private final TimerScheduler<Message> timers;
  private final Deque<HistoryEntry> entries = new ArrayDeque<>();
  private final Map<Long, Waiting> waiting = new LinkedHashMap<>();
  private Place from;
  private Place head;
  private long readers;

  private record Waiting(Place after, int most, ActorRef<Page> replyTo) {}

  /**
   * @param head the place behind all that is in the journal
   */
  Recent(TimerScheduler<Message> timers, Place head) {
    this.timers = timers;
    this.from = head;
    this.head = head;
  }

  /** The next event is in the journal, and true. */
  void add(Told told, long event) {
    entries.addAll(told.placed(event));
    head = Place.behind(event);
    while (entries.size() > KEPT) {
      from = place(entries.removeFirst());
    }
    var all = List.copyOf(waiting.values());
    waiting.keySet().forEach(timers::cancel);
    waiting.clear();
    all.forEach(it -> it.replyTo().tell(page(it.after(), it.most())));
  }

  void read(Message.Read read) {
    Page page = page(read.after(), read.most());
    boolean mayWait = page.entries().isEmpty() && !page.inJournal() && waiting.size() < WAITING;
    if (read.patience().compareTo(Duration.ZERO) > 0 && mayWait) {
      long reader = ++readers;
      waiting.put(reader, new Waiting(read.after(), read.most(), read.replyTo()));
      timers.startSingleTimer(reader, new Message.TimeUp(reader), read.patience());
    } else {
      read.replyTo().tell(page);
    }
  }

  void timeUp(long reader) {
    Waiting it = waiting.remove(reader);
    if (it != null) {
      it.replyTo().tell(page(it.after(), it.most()));
    }
  }

  private Page page(Place after, int most) {
    if (after.compareTo(from) < 0) {
      return new Page(List.of(), head, true);
    }
    var found = new ArrayList<HistoryEntry>();
    for (HistoryEntry entry : entries) {
      if (found.size() < most && place(entry).compareTo(after) > 0) {
        found.add(entry);
      }
    }
    return new Page(List.copyOf(found), head, false);
  }

  static Place place(HistoryEntry entry) {
    return Place.of(entry.getCursor()).orElseThrow();
  }
}
