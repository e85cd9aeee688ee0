package dev.holdfast.actor.store;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Who has taken which session over last, in a table that all nodes share. It does not depend on
 * anybody's clock.
 */
public interface Owners {

  /**
   * A row of the table.
   *
   * @param name of this one claim; every claim has another
   * @param term higher than that of every earlier owner of the session
   */
  record Owner(UUID name, long term) {}

  /**
   * Makes the caller the owner, whoever was it before. Of several at the same moment each gets
   * another term, and the one with the highest is there in the end.
   */
  CompletionStage<Owner> take(String session);

  /** Sees every owner who was acknowledged before this is called. */
  CompletionStage<Optional<Owner>> owner(String session);
}
