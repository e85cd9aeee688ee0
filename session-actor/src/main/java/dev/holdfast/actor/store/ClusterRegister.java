package dev.holdfast.actor.store;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Which cluster there is on the tables that its nodes share, and which of the nodes are up. */
public interface ClusterRegister {

  /** The name of the cluster that was begun last. */
  CompletionStage<Optional<UUID>> founding();

  /**
   * Begins a cluster, unless another was begun after {@code before}.
   *
   * @return whether it is ours
   */
  CompletionStage<Boolean> found(Optional<UUID> before, UUID name, String founder);

  /** The nodes whose signature has not expired; there are a few at most. */
  CompletionStage<Set<String>> nodes();

  /** Says that a node is up, for so long. */
  CompletionStage<?> sign(String node, Duration validity);

  /** Says that it is up no more. */
  CompletionStage<?> strike(String node);
}
