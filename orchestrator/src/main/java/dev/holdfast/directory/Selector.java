package dev.holdfast.directory;

import java.util.Map;
import java.util.Optional;

/**
 * How people name sessions: an id, the beginning of one (4 characters or more), a name, or {@code
 * label:key=value}.
 */
public sealed interface Selector {

  /** The shortest beginning of an id that counts as one. */
  int SHORTEST = 4;

  /** The length of a whole id. */
  int ID_LENGTH = 12;

  boolean fits(Row row);

  /** An id, its beginning, or a name: which of them shows only when it is looked for. */
  record Word(String text) implements Selector {
    @Override
    public boolean fits(Row row) {
      return row.name().equals(text) || (text.length() >= SHORTEST && row.id().startsWith(text));
    }
  }

  /** A label; without a value, any value. */
  record Label(String key, Optional<String> value) implements Selector {
    @Override
    public boolean fits(Row row) {
      return row.has(Map.entry(key, value));
    }
  }

  /** Reads what people write. */
  static Selector parse(String text) {
    if (!text.startsWith("label:")) {
      return new Word(text);
    }
    String label = text.substring("label:".length());
    int equals = label.indexOf('=');
    return equals < 0
        ? new Label(label, Optional.empty())
        : new Label(label.substring(0, equals), Optional.of(label.substring(equals + 1)));
  }
}
