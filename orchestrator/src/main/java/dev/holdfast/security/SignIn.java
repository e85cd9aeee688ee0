package dev.holdfast.security;

/** What came of showing a token. */
public sealed interface SignIn {

  /** The token is known and valid. */
  record Accepted(Principal principal) implements SignIn {}

  /** There is no such token, or none was shown. Which of the two is not told. */
  record Unknown() implements SignIn {}

  /** The token was valid once. Told apart from {@link Unknown} only to one who holds the token. */
  record Expired(Principal principal) implements SignIn {}
}
