package dev.holdfast.client;

import dev.holdfast.client.CallFailed.Where;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * One node, and what opens it.
 *
 * @param uri {@code https://HOST[:PORT]}, or {@code http://} on this machine
 * @param authority a file of certificates (PEM) to trust for https; those of the JVM when empty
 * @param token the bearer token: visible ASCII characters; never shown
 */
public record Endpoint(URI uri, Optional<Path> authority, String token) {

  private static final Set<String> LOOPBACK = Set.of("localhost", "[::1]");

  /**
   * Checks the address and the token.
   *
   * @throws CallFailed of kind {@code bad-address}, {@code clear-text} (a token is not sent beyond
   *     this machine without TLS) or {@code bad-token}
   */
  public Endpoint {
    boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!known || uri.getHost() == null || uri.getPort() > 65535 || uri.getUserInfo() != null) {
      throw badAddress(uri.toString());
    }
    if (uri.getScheme().equals("http") && !isLoopback(uri.getHost())) {
      throw new CallFailed(
          Where.HERE,
          "clear-text",
          "a token must not cross the network in the clear: " + uri + " is plain http",
          "use https://; plain http is for this machine only",
          null);
    }
    if (!isToken(token)) {
      throw new CallFailed(
          Where.HERE,
          "bad-token",
          "what was given as a token is none",
          "a token is one line of visible ASCII characters",
          null);
    }
  }

  /** A node whose certificate, if it has one, is vouched for by an authority that the JVM knows. */
  public static Endpoint of(String address, String token) {
    return of(address, Optional.empty(), token);
  }

  /** A node whose certificate is vouched for by the authority. */
  public static Endpoint of(String address, Optional<Path> authority, String token) {
    try {
      return new Endpoint(new URI(address), authority, token);
    } catch (URISyntaxException e) {
      throw badAddress(address);
    }
  }

  /** Whether a text can be a token. */
  public static boolean isToken(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  boolean secure() {
    return uri.getScheme().equals("https");
  }

  int port() {
    int usual = secure() ? 443 : 80;
    return uri.getPort() < 0 ? usual : uri.getPort();
  }

  String host() {
    return uri.getHost();
  }

  @Override
  public String toString() {
    return uri.toString();
  }

  private static CallFailed badAddress(String address) {
    return new CallFailed(
        Where.HERE,
        "bad-address",
        "'" + address + "' is no address of a server",
        "write it as http://127.0.0.1:PORT or https://HOST:PORT",
        null);
  }

  private static boolean isLoopback(String host) {
    return LOOPBACK.contains(host) || host.matches("127(\\.\\d{1,3}){3}");
  }
}
