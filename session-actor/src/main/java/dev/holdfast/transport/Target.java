package dev.holdfast.transport;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a session lives: {@code local:} or {@code ssh://[user@]host[:port]}.
 *
 * <p>A target is checked once, here, so that nothing behind it has to ask whether a host name could
 * become an option of a program or a path. Host names are ASCII letters, digits, dots, hyphens and
 * underscores, do not begin with a hyphen, and are 1-253 characters; IPv6 addresses stand in
 * brackets; users are 1-64 characters of {@code [A-Za-z0-9._@-]} and do not begin with a hyphen;
 * ports are 1-65535.
 *
 * @param scheme {@code local} or {@code ssh}
 * @param user the account on the target, if the URL names one
 * @param host the host as written, without brackets; empty for {@code local:}
 * @param port the port, if the URL names one
 */
public record Target(String scheme, Optional<String> user, String host, Optional<Integer> port) {

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,252}");
  private static final Pattern IPV6 =
      Pattern.compile("[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,15})?");
  private static final Pattern USER = Pattern.compile("[A-Za-z0-9._][A-Za-z0-9._@-]{0,63}");
  private static final Pattern SSH =
      Pattern.compile(
          "ssh://(?:(?<user>[^@/]*(?:@[^@/]*)*)@)?(?<host>\\[[^\\]]*\\]|[^:/\\[\\]]*)(?::(?<port>[^/]*))?/?");

  public Target {
    Objects.requireNonNull(scheme);
    Objects.requireNonNull(user);
    Objects.requireNonNull(host);
    Objects.requireNonNull(port);
  }

  /**
   * Reads a target as a user writes it. A bare {@code host} or {@code user@host} is short for
   * {@code ssh://}.
   *
   * @throws IllegalArgumentException with one line that says what is wrong, fit to be shown to a
   *     user
   */
  public static Target parse(String text) {
    if (text.equals("local:") || text.equals("local")) {
      return new Target("local", Optional.empty(), "", Optional.empty());
    }
    int colon = text.indexOf("://");
    if (colon >= 0 && !text.toLowerCase(Locale.ROOT).startsWith("ssh://")) {
      throw bad(
          text,
          "the scheme '"
              + shown(text.substring(0, colon))
              + "' is not known; use ssh:// or local:");
    }
    var url = SSH.matcher(colon >= 0 ? "ssh" + text.substring(colon) : "ssh://" + text);
    if (!url.matches()) {
      throw bad(text, "it is not of the form ssh://[user@]host[:port]");
    }
    Optional<String> user = Optional.ofNullable(url.group("user"));
    if (user.isPresent() && !USER.matcher(user.get()).matches()) {
      throw bad(text, "the user name has characters that are not allowed");
    }
    return new Target("ssh", user, host(text, url.group("host")), port(text, url.group("port")));
  }

  private static String host(String text, String host) {
    if (host.startsWith("[")) {
      String address = host.substring(1, host.length() - 1);
      if (!IPV6.matcher(address).matches()) {
        throw bad(text, "the address in brackets is not an IPv6 address");
      }
      return address;
    }
    if (host.isEmpty()) {
      throw bad(text, "the host name is missing");
    }
    if (!HOST.matcher(host).matches()) {
      throw bad(
          text, "the host name has characters that are not allowed, or begins with '-' or '.'");
    }
    return host;
  }

  private static Optional<Integer> port(String text, String port) {
    if (port == null) {
      return Optional.empty();
    }
    if (!port.matches("[0-9]{1,5}")
        || Integer.parseInt(port) < 1
        || Integer.parseInt(port) > 65535) {
      throw bad(text, "the port must be a number from 1 to 65535");
    }
    return Optional.of(Integer.parseInt(port));
  }

  private static IllegalArgumentException bad(String text, String why) {
    return new IllegalArgumentException("'" + shown(text) + "' is not a target: " + why);
  }

  private static String shown(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() > 80 ? clean.substring(0, 80) + "..." : clean;
  }

  /** The canonical URL, as it is stored and shown. */
  @Override
  public String toString() {
    if (scheme.equals("local")) {
      return "local:";
    }
    String name = host.contains(":") ? "[" + host + "]" : host;
    return scheme
        + "://"
        + user.map(u -> u + "@").orElse("")
        + name
        + port.map(p -> ":" + p).orElse("");
  }
}
