package dev.holdfast.api;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the API listens. Beyond loopback only with TLS: a token must not cross a network in the
 * clear.
 *
 * @param address port 0 for any free one
 * @param tls the certificate to show, if the port speaks TLS
 */
public record Bind(InetSocketAddress address, Optional<Tls> tls) {

  /**
   * PEM files.
   *
   * @param cert the certificate, followed by those that lead to its root
   * @param key its private key, PKCS#8, without a passphrase
   */
  public record Tls(Path cert, Path key) {}

  /**
   * @throws IllegalArgumentException with a line for people when the address may not be used so
   */
  public Bind {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "the host '" + address.getHostString() + "' to listen on has no address");
    }
    if (tls.isEmpty() && !address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "refusing to listen on "
              + address.getHostString()
              + " without TLS: tokens would cross the network in the clear;"
              + " set holdfast.server.tls.cert and holdfast.server.tls.key, or listen on 127.0.0.1");
    }
  }

  String scheme() {
    return tls.isPresent() ? "https" : "http";
  }
}
