package dev.holdfast.session;

import java.util.Objects;

/**
 * Why something failed or was refused.
 *
 * @param kind a stable word, lower case with hyphens
 * @param text what happened, in plain words, without secrets
 * @param advice what the reader can do about it, one line
 */
public record Cause(String kind, String text, String advice) {
  public Cause {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(text);
    Objects.requireNonNull(advice);
  }
}
