package dev.holdfast.actor;

import dev.holdfast.session.Reply;
import dev.holdfast.session.Session;

/**
 * The answer to a command.
 *
 * @param reply what was decided
 * @param session the session as it is after that
 */
public record Answer(Reply reply, Session session) {}
