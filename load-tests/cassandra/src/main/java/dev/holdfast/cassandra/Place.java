package dev.holdfast.cassandra;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a node is: all that its files and its command line say.
 *
 * @param told where its clients are told to find it: its address, or that of something before it
 * @param token the one place on the ring that the node owns
 * @param seeds {@code address:storagePort} of those it asks for the others
 */
record Place(
    Path directory,
    String address,
    String told,
    int storagePort,
    int nativePort,
    int jmxPort,
    String token,
    List<String> seeds) {}
