package dev.holdfast.actor.store;

import java.nio.file.Path;

/** Opens a data directory, says how that went, and keeps it until it is killed. */
final class OpenMain {
  private OpenMain() {}

  public static void main(String[] args) throws Exception {
    try (DataDirectory directory = DataDirectory.open(Path.of(args[0]))) {
      System.out.println("opened " + directory.path());
      new java.util.concurrent.CountDownLatch(1).await();
    } catch (StoreException e) {
      System.out.println(e.kind() + ": " + e.getMessage());
    }
  }
}
