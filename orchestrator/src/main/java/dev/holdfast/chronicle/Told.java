package dev.holdfast.chronicle;

import dev.holdfast.journal.Termed;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a chronicle writes: entries of sessions, told from now on in this order.
 *
 * @param term of the claim with which it was written; 0: by a node that is alone
 */
record Told(List<HistoryEntry> entries, long term) implements Termed {

  Told {
    entries = List.copyOf(entries);
  }

  /** The entries with their cursors. */
  List<HistoryEntry> placed(long event) {
    return IntStream.range(0, entries.size())
        .mapToObj(
            i -> entries.get(i).toBuilder().setCursor(new Place(event, i + 1).cursor()).build())
        .toList();
  }
}
