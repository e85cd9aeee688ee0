package dev.holdfast.actor.store;

import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.apache.pekko.util.ByteString;

/**
 * A small persistent actor: it writes down what it is given, and knows how many entries there are
 * and a digest of them all in their order. Every 10 entries it takes a snapshot and keeps the
 * newest two.
 */
final class Ledger extends EventSourcedBehavior<Ledger.Command, byte[], String> {

  sealed interface Command {}

  /** Writes an entry; the answer comes when it is safe. */
  record Enter(ByteString entry, ActorRef<Done> replyTo) implements Command {}

  /** Asks for "entries:digest". */
  record Tell(ActorRef<String> replyTo) implements Command {}

  private final Consumer<Throwable> refused;

  private Ledger(String id, Consumer<Throwable> refused) {
    super(PersistenceId.ofUniqueId(id));
    this.refused = refused;
  }

  static Behavior<Command> of(String id) {
    return of(id, failure -> {});
  }

  /**
   * @param refused hears when the journal could not write
   */
  static Behavior<Command> of(String id, Consumer<Throwable> refused) {
    return new Ledger(id, refused);
  }

  /** What a ledger with these entries tells. */
  static String expected(Iterable<byte[]> entries) {
    String state = "0:0";
    for (byte[] entry : entries) {
      state = next(state, entry);
    }
    return state;
  }

  static long entries(String told) {
    return Long.parseLong(told.substring(0, told.indexOf(':')));
  }

  @Override
  public String emptyState() {
    return "0:0";
  }

  @Override
  public CommandHandler<Command, byte[], String> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(
            Enter.class,
            enter ->
                Effect()
                    .persist(enter.entry().toArray())
                    .thenReply(enter.replyTo(), state -> Done.done()))
        .onCommand(Tell.class, (state, tell) -> Effect().reply(tell.replyTo(), state))
        .build();
  }

  @Override
  public EventHandler<String, byte[]> eventHandler() {
    return Ledger::next;
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(10, 2);
  }

  @Override
  public SignalHandler<String> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(JournalPersistFailed.class, (state, signal) -> refused.accept(signal.failure()))
        .build();
  }

  private static String next(String state, byte[] entry) {
    long digest = Long.parseLong(state.substring(state.indexOf(':') + 1));
    return (entries(state) + 1) + ":" + (31 * digest + Arrays.hashCode(entry));
  }
}
