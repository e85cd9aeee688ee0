package dev.holdfast.api;

import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.session.Cause;
import java.util.Locale;

/** A call that is refused, on its way to the caller. It is an answer, so it has no stack. */
public final class Refusal extends RuntimeException {

  private final transient Failure failure;

  private Refusal(Failure failure) {
    super(failure.getKind() + ": " + failure.getCause(), null, false, false);
    this.failure = failure;
  }

  static Refusal of(Kind kind, String cause, String advice) {
    return of(new Cause(kind.word(), cause, advice));
  }

  static Refusal of(Cause cause) {
    return new Refusal(failure(cause));
  }

  static Refusal of(dev.holdfast.transport.Failure failure) {
    return of(cause(failure));
  }

  static Cause cause(dev.holdfast.transport.Failure failure) {
    String word = failure.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
    return new Cause(word, failure.cause(), failure.advice());
  }

  /** A field is not as it must be. */
  static Refusal invalid(String field, String why) {
    return of(Kind.INVALID, "'" + field + "' " + why, "correct the field and ask again");
  }

  static Failure failure(Cause cause) {
    return Failure.newBuilder()
        .setKind(cause.kind())
        .setCause(cause.text())
        .setAdvice(cause.advice())
        .build();
  }

  /** What the caller is told. */
  Failure failure() {
    return failure;
  }

  /** Its row in the table; a session's own word that is not there counts as {@link Kind#BROKEN}. */
  Kind kind() {
    return Kind.of(failure.getKind()).orElse(Kind.BROKEN);
  }
}
