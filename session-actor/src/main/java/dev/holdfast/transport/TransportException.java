package dev.holdfast.transport;

/** A {@link Failure} on its way through futures; it has no stack of interest. */
public final class TransportException extends Exception {

  private final transient Failure failure;

  public TransportException(Failure failure) {
    super(failure.kind() + ": " + failure.cause(), null, false, false);
    this.failure = failure;
  }

  public TransportException(Failure.Kind kind, String cause, String advice) {
    this(new Failure(kind, cause, advice));
  }

  /** What went wrong. */
  public Failure failure() {
    return failure;
  }
}
