package dev.holdfast.chronicle;

import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What was done with sessions, read from their journals. */
@FunctionalInterface
public interface Histories {
  /** Entries with numbers greater than {@code after}, in order, at most {@code max}. */
  CompletionStage<List<HistoryEntry>> read(String session, long after, int max);
}
