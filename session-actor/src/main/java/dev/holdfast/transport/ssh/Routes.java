package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Finds the way to a target from the target itself, the ssh configuration and the settings, in this
 * order of precedence.
 */
final class Routes {

  private static final int MOST_JUMPS = 8;

  private final SshSettings settings;

  Routes(SshSettings settings) {
    this.settings = settings;
  }

  /** Blocks on the disk. */
  Route to(Target target) throws TransportException {
    return to(target, 0);
  }

  private Route to(Target target, int jumps) throws TransportException {
    if (jumps > MOST_JUMPS) {
      throw bad(
          target, "ProxyJump goes through more than " + MOST_JUMPS + " hosts, or in a circle");
    }
    SshConfig config = config(target);
    if (config.first("proxyjump").isEmpty()
        && config.first("proxycommand").filter(value -> !isNone(value)).isPresent()) {
      throw bad(target, "ProxyCommand is set for it, and programs are not run to connect");
    }
    return new Route(hop(target, config), via(target, config, jumps));
  }

  private SshConfig config(Target target) throws TransportException {
    if (settings.configFile().isEmpty()) {
      return SshConfig.EMPTY;
    }
    Path file = settings.configFile().get();
    try {
      return SshConfig.read(file, target.host(), target.user().orElse(settings.user()));
    } catch (IOException e) {
      throw new TransportException(
          Kind.BAD_TARGET, file + " cannot be read", "let the node's user read " + file);
    }
  }

  private Hop hop(Target target, SshConfig config) throws TransportException {
    String user = target.user().or(() -> config.first("user")).orElse(settings.user());
    String host =
        checkedHost(
            target,
            config
                .first("hostname")
                .map(name -> expand(name, "h", target.host()))
                .orElse(target.host()));
    int port = target.port().orElse(portOf(target, config));
    Function<String, Path> path = text -> Home.expand(tokens(text, target, host, user, port));
    List<String> named = config.all("identityfile").stream().filter(f -> !isNone(f)).toList();
    return new Hop(
        user,
        host,
        port,
        config.first("hostkeyalias").orElse(host),
        config
            .first("userknownhostsfile")
            .map(files -> Arrays.stream(files.split(" ")).map(path).toList())
            .orElse(settings.knownHosts()),
        named.isEmpty() ? settings.identities() : named.stream().map(path).toList(),
        !named.isEmpty(),
        config.first("identitiesonly").filter("yes"::equalsIgnoreCase).isPresent());
  }

  private static String checkedHost(Target target, String host) throws TransportException {
    try {
      String url = host.contains(":") ? "ssh://[" + host + "]" : "ssh://" + host;
      return Target.parse(url).host();
    } catch (IllegalArgumentException e) {
      throw bad(target, "HostName: " + e.getMessage());
    }
  }

  private static int portOf(Target target, SshConfig config) throws TransportException {
    String port = config.first("port").orElse("22");
    try {
      return Target.parse("ssh://h:" + port).port().orElse(22);
    } catch (IllegalArgumentException e) {
      throw bad(target, "Port must be a number from 1 to 65535");
    }
  }

  /** The last host of the list is the one that the target is reached from. */
  private Optional<Route> via(Target target, SshConfig config, int jumps)
      throws TransportException {
    Optional<String> list = config.first("proxyjump").filter(value -> !isNone(value));
    if (list.isEmpty()) {
      return Optional.empty();
    }
    Optional<Route> via = Optional.empty();
    for (String jump : Arrays.asList(list.get().split(",", -1))) {
      Target next;
      try {
        next = Target.parse(jump.strip());
      } catch (IllegalArgumentException e) {
        throw bad(target, "ProxyJump: " + e.getMessage());
      }
      // As in OpenSSH, only the first host of a list may be reached by jumps of its own.
      Route route = to(next, jumps + 1);
      via = Optional.of(via.isPresent() ? new Route(route.hop(), via) : route);
    }
    return via;
  }

  private static String tokens(String text, Target target, String host, String user, int port) {
    String home = System.getProperty("user.home", "/");
    String expanded = expand(text, "h", host);
    expanded = expand(expanded, "n", target.host());
    expanded = expand(expanded, "r", user);
    expanded = expand(expanded, "p", Integer.toString(port));
    expanded = expand(expanded, "d", home);
    expanded = expand(expanded, "u", System.getProperty("user.name", ""));
    return expanded.replace("%%", "%");
  }

  private static String expand(String text, String token, String value) {
    return text.replace("%" + token, value);
  }

  private static boolean isNone(String value) {
    return value.toLowerCase(Locale.ROOT).equals("none");
  }

  private static TransportException bad(Target target, String why) {
    return new TransportException(
        Kind.BAD_TARGET, target + ": " + why, "correct the ssh configuration for this host");
  }
}
