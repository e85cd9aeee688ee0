package dev.holdfast.cassandra;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a node is: all that its files and its command line say.
 *
 * @param token the one place on the ring that the node owns
 * @param seeds {@code address:storagePort} of those it asks for the others
 */
record Place(
    Path directory,
    Seat seat,
    int storagePort,
    int nativePort,
    int jmxPort,
    String token,
    List<String> seeds) {

  String address() {
    return seat.address();
  }
}
