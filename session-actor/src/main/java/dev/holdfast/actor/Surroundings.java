package dev.holdfast.actor;

import dev.holdfast.output.OutputLog;
import dev.holdfast.session.Origin;
import dev.holdfast.transport.Backoff;
import dev.holdfast.transport.Link;
import java.time.Clock;
import java.util.concurrent.Executor;

/**
 * What all session actors of a node share.
 *
 * @param self the node, as the history names it
 * @param links opens links to targets
 * @param output where job output is kept
 * @param disk runs what may block on the disk
 * @param watcher is told each session's state
 * @param ownership who may speak for a session
 * @param clock the node's clock
 * @param backoff the pauses between attempts
 */
public record Surroundings(
    Origin self,
    SessionSettings settings,
    Link.Opener links,
    OutputLog output,
    Executor disk,
    Watcher watcher,
    Ownership ownership,
    Clock clock,
    Backoff backoff) {}
