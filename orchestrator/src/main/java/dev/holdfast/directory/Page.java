package dev.holdfast.directory;

import dev.holdfast.session.Session;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Some of the sessions that were wanted.
 *
 * @param sessions newest first
 * @param next where the next page begins; empty on the last one
 * @param asOf how old this may be
 * @param total how many there are on all pages
 */
public record Page(List<Session> sessions, Optional<Cursor> next, Instant asOf, int total) {}
