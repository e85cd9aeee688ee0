package dev.holdfast.api;

import dev.holdfast.actor.Answer;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import java.util.concurrent.CompletionStage;

/** How a session is asked, wherever it is kept; see {@code dev.holdfast.actor.Sessions}. */
@FunctionalInterface
public interface Asks {
  CompletionStage<Answer> ask(String session, Command command, Origin by);
}
