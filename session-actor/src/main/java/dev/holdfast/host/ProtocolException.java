package dev.holdfast.host;

/** The target host said something that the protocol does not know. */
final class ProtocolException extends Exception {

  ProtocolException(String message) {
    super(message, null, false, false);
  }
}
