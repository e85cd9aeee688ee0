package dev.holdfast.transport.ssh;

import java.nio.file.Path;
import java.util.List;

/**
 * One host to sign in to, with all that the configuration says about it.
 *
 * @param host its name or address on the network
 * @param keyName its name in known_hosts
 * @param identities the key files to offer
 * @param identitiesNamed whether the configuration names the key files, or they are the defaults
 * @param identitiesOnly whether an agent may offer only the keys of those files
 */
record Hop(
    String user,
    String host,
    int port,
    String keyName,
    List<Path> knownHosts,
    List<Path> identities,
    boolean identitiesNamed,
    boolean identitiesOnly) {

  /** {@code host:port}, for people. */
  String place() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
