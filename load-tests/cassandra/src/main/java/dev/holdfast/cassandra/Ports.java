package dev.holdfast.cassandra;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Free ports. They are taken from below the range from which the system gives out ports by itself,
 * so that a node that was killed finds its own free when it starts again.
 */
public final class Ports {
  private static final int FIRST = 12_000;
  private static final int COUNT = 18_000;
  private static final int TRIES = 200;

  private Ports() {}

  /** A port that is free on every one of the addresses, and none of the others. */
  public static int free(List<String> addresses, Set<Integer> others) throws IOException {
    Random random = new Random();
    for (int i = 0; i < TRIES; i++) {
      int port = FIRST + random.nextInt(COUNT);
      if (!others.contains(port) && isFree(addresses, port)) {
        return port;
      }
    }
    throw new IOException("no port is free on all of " + addresses);
  }

  private static boolean isFree(List<String> addresses, int port) {
    for (String address : addresses) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
