package dev.holdfast.chronicle;

import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.List;

/**
 * Some entries of a chronicle.
 *
 * @param entries in their order, each with its cursor
 * @param head the place behind the last entry that there is
 * @param inJournal what was asked for is not in memory, and to be read from the journal
 */
public record Page(List<HistoryEntry> entries, Place head, boolean inJournal) {}
