package dev.holdfast.session;

import java.util.Objects;

/**
 * Files that are carried to a session's target, or from it.
 *
 * @param key chosen by who copies; the same for all of one copy, however often it is resumed
 * @param up whether to the target
 * @param path the file or directory there, as it was asked for
 */
public record Copy(String key, boolean up, String path) {
  public Copy {
    Objects.requireNonNull(key);
    Objects.requireNonNull(path);
  }
}
