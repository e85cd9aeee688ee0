package dev.holdfast.journal;

import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Leaves out what a replaced owner has written into a journal that does not refuse it.
 *
 * <p>Whoever takes a session over reads its events and goes on with the next number; from then on
 * an owner of a lower term writes events with the same numbers, or with higher ones when it writes
 * more. So of several events with one number that of the highest term is right, and none is right
 * that follows one of a higher term. (Pekko's own filter takes the writer that it sees last for the
 * newest, and a replay that begins at a snapshot may never have seen the older one before.)
 *
 * @param <T> an event with what belongs to it
 */
public final class Rightful<T> {

  private final Function<T, ? extends Termed> entry;
  private final Consumer<T> to;
  private T held;
  private long number;
  private long term;

  /**
   * @param entry finds the entry in what is offered
   * @param to gets what is right, in its order
   */
  public Rightful(Function<T, ? extends Termed> entry, Consumer<T> to) {
    this.entry = entry;
    this.to = to;
  }

  /** The next one as it was read; numbers may repeat, and never fall. */
  public void offer(long nextNumber, T next) {
    long nextTerm = entry.apply(next).term();
    if (nextTerm < term) {
      return;
    }
    if (nextNumber > number) {
      end();
    }
    held = next;
    number = nextNumber;
    term = nextTerm;
  }

  /** There is no more. */
  public void end() {
    if (held != null) {
      to.accept(held);
      held = null;
    }
  }
}
