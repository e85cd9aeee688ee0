package dev.holdfast.node;

import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file {@code moved} in a data directory, which says that its sessions were brought to
 * Cassandra. An embedded node does not start beside it: two nodes would each believe that they keep
 * the same sessions.
 */
final class Moved {

  private static final String FILE = "moved";

  private Moved() {}

  /** Says where to. */
  static void mark(DataDirectory data, String where) throws IOException {
    Files.writeString(data.path().resolve(FILE), where + "\n");
  }

  static void refuse(DataDirectory data) throws IOException {
    Path file = data.path().resolve(FILE);
    if (Files.exists(file)) {
      throw new StoreException(
          Kind.MOVED,
          "the sessions of " + data.path() + " were brought to " + Files.readString(file).strip(),
          "set holdfast.store = cassandra; or, if nothing uses them there, delete " + file);
    }
  }
}
