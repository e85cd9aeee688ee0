package dev.holdfast.client;

import dev.holdfast.protocol.v1.Failure;

/**
 * Why a call has no result: a kind for programs (docs/failures.md has the list), a cause and one
 * line of advice for people.
 */
public final class CallFailed extends RuntimeException {

  /** Where it failed. */
  public enum Where {
    /** Nothing was asked: an address, a token or an authority cannot be used. */
    HERE,
    /**
     * No node gave an answer. What was asked may have been done; the same key asks again safely.
     */
    ON_THE_WAY,
    /** A node does not accept the token. */
    AT_THE_DOOR,
    /** A node refused what was asked, or could not do it. */
    THERE
  }

  private final Where where;
  private final transient Failure failure;

  CallFailed(Where where, Failure failure, Throwable origin) {
    super(failure.getCause(), origin);
    this.where = where;
    this.failure = failure;
  }

  CallFailed(Where where, String kind, String cause, String advice, Throwable origin) {
    this(
        where,
        Failure.newBuilder().setKind(kind).setCause(cause).setAdvice(advice).build(),
        origin);
  }

  /**
   * For those who say where the nodes are: with {@link Where#ON_THE_WAY} and kind {@code
   * no-server}, they are asked again later.
   */
  public CallFailed(Where where, String kind, String cause, String advice) {
    this(where, kind, cause, advice, null);
  }

  /** Where it failed. */
  public Where where() {
    return where;
  }

  /** Kind, cause and advice. */
  public Failure failure() {
    return failure;
  }

  /** A stable word, such as {@code not-found}. */
  public String kind() {
    return failure.getKind();
  }
}
