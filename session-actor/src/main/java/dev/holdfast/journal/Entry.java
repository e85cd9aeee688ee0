package dev.holdfast.journal;

import dev.holdfast.session.Event;
import dev.holdfast.session.Origin;
import java.time.Instant;

/**
 * One line of a session's journal.
 *
 * @param at when it happened, by the clock of the node that wrote it
 * @param by who asked for what led to it
 * @param term of the claim with which it was written, where several nodes can keep a session; 0: by
 *     a node that is alone
 * @param event what happened
 */
public record Entry(Instant at, Origin by, long term, Event event) implements Termed {}
