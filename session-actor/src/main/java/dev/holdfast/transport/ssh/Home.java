package dev.holdfast.transport.ssh;

import java.nio.file.Path;

/** Paths as users write them: {@code ~/} is the home directory of the node's user. */
final class Home {

  private Home() {}

  static Path expand(String path) {
    String home = System.getProperty("user.home", "/");
    if (path.equals("~")) {
      return Path.of(home);
    }
    return path.startsWith("~/") ? Path.of(home, path.substring(2)) : Path.of(path);
  }
}
