package dev.holdfast.node;

/** Why a node does not start: a cause and one line of advice, for the person who started it. */
final class StartFailure extends Exception {

  private final String advice;

  StartFailure(String cause, String advice) {
    super(cause, null, false, false);
    this.advice = advice;
  }

  String advice() {
    return advice;
  }
}
