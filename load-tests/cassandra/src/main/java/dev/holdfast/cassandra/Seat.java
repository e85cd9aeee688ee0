package dev.holdfast.cassandra;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Where the servers of somebody live.
 *
 * @param address where they listen
 * @param told where others are told to find them, on the same port: the address, or that of
 *     something before it
 * @param entrance what their commands begin with, such as {@code ip netns exec NAME}; nothing for
 *     those on this machine's loopback interface
 */
public record Seat(String address, String told, List<String> entrance) {

  public Seat {
    entrance = List.copyOf(entrance);
  }

  /** One that is not seen beyond this machine. */
  public static Seat onLoopback(String address, String told) {
    return new Seat(address, told, List.of());
  }

  /** Whether nobody but this machine can get there. */
  public boolean isLoopback() {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address + " is no address", e);
    }
  }
}
