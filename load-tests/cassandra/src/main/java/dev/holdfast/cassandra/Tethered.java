package dev.holdfast.cassandra;

import java.io.IOException;

/**
 * What runs in a server's JVM: Cassandra's own main class, unchanged, which ends with the process
 * that started it, even when that is killed. The tether is standard input: it ends when nobody
 * holds its other end.
 */
final class Tethered {

  private Tethered() {}

  public static void main(String[] arguments) throws ReflectiveOperationException {
    Thread tether = new Thread(Tethered::untilCut, "tether");
    tether.setDaemon(true);
    tether.start();
    Class.forName("org.apache.cassandra.service.CassandraDaemon")
        .getMethod("main", String[].class)
        .invoke(null, (Object) arguments);
  }

  private static void untilCut() {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever said; only the end counts.
      }
    } catch (IOException cut) {
      // The same.
    }
    Runtime.getRuntime().halt(1);
  }
}
