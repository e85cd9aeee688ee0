package dev.holdfast.rig;

import java.io.IOException;
import java.nio.file.Path;

/** A real database with the tables of a cluster in it. */
public interface SharedStore extends AutoCloseable {

  /** What the configuration of a node says of it, in the block {@code holdfast}. */
  String settings();

  /** Brings an embedded node's sessions to it, while none of the nodes runs. */
  void migrate(Path data) throws IOException;

  @Override
  void close();
}
