package dev.holdfast.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where the server is and what opens it.
 *
 * <p>The address comes from {@code --server}, else {@code HOLDFAST_SERVER}, else from the file
 * {@code endpoint} of the node on this machine. The nodes of a cluster may be named with commas
 * between them; any of them will do. The token comes from {@code HOLDFAST_TOKEN}, else from {@code
 * --token-file}, else from the file {@code token} beside {@code endpoint}. It is read anew for each
 * connection, because a node that was started again listens elsewhere.
 *
 * @param ca the certificate authority for https, or null for those of the JVM
 * @param token the bearer token; never shown
 */
record Endpoint(URI uri, Path ca, String token) {

  private static final int LONGEST_TOKEN = 8192;
  private static final Set<String> LOOPBACK = Set.of("localhost", "[::1]");

  /** Every address there is to try, in the order of their names; one at least. */
  static List<Endpoint> all(ServerOptions options, Surroundings around) {
    var ca = options.ca != null ? options.ca : path(around.env("HOLDFAST_CA"));
    List<URI> addresses =
        Stream.of(address(options, around).split(",", -1))
            .map(address -> parse(address.strip()))
            .toList();
    var token = token(options, around);
    return addresses.stream().map(uri -> new Endpoint(uri, ca, token)).toList();
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

  private static String address(ServerOptions options, Surroundings around) {
    if (options.server != null) {
      return options.server;
    }
    if (around.env("HOLDFAST_SERVER") != null) {
      return around.env("HOLDFAST_SERVER");
    }
    var directory = dataDirectory(options, around);
    var text = read(directory.resolve("endpoint"));
    if (text == null) {
      throw new Failed(
          ExitCode.UNREACHABLE,
          Failures.NO_SERVER,
          "no server runs on this machine with the data directory " + directory,
          Failures.START_ADVICE);
    }
    return text;
  }

  private static URI parse(String address) {
    try {
      var uri = new URI(address);
      boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!known || uri.getHost() == null || uri.getPort() > 65535 || uri.getUserInfo() != null) {
        throw badAddress(address);
      }
      if (uri.getScheme().equals("http") && !isLoopback(uri.getHost())) {
        throw Failed.usage(
            "a token must not cross the network in the clear: " + uri + " is plain http",
            "use https:// with --ca FILE; plain http is for this machine only");
      }
      return uri;
    } catch (URISyntaxException e) {
      throw badAddress(address);
    }
  }

  private static Failed badAddress(String address) {
    return Failed.usage(
        "'" + address + "' is no address of a server",
        "write it as http://127.0.0.1:PORT or https://HOST:PORT");
  }

  private static boolean isLoopback(String host) {
    return LOOPBACK.contains(host) || host.matches("127(\\.\\d{1,3}){3}");
  }

  private static String token(ServerOptions options, Surroundings around) {
    var named = around.env("HOLDFAST_TOKEN");
    if (named != null) {
      return checked(named, "HOLDFAST_TOKEN");
    }
    var file =
        options.tokenFile != null
            ? options.tokenFile
            : dataDirectory(options, around).resolve("token");
    var token = read(file);
    if (token == null) {
      throw new Failed(
          ExitCode.UNREACHABLE,
          "no-token",
          "there is no token: " + file + " does not exist",
          "set HOLDFAST_TOKEN or name its file with --token-file FILE");
    }
    return checked(token, file.toString());
  }

  private static String checked(String token, String where) {
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new Failed(
          ExitCode.UNREACHABLE,
          "bad-token",
          "what " + where + " holds is no token",
          "a token is one line of visible ASCII characters");
    }
    return token;
  }

  private static Path dataDirectory(ServerOptions options, Surroundings around) {
    if (options.dataDirectory != null) {
      return options.dataDirectory;
    }
    if (around.env("HOLDFAST_DATA_DIR") != null) {
      return path(around.env("HOLDFAST_DATA_DIR"));
    }
    var state = around.env("XDG_STATE_HOME");
    var home = around.env("HOME");
    var base =
        state != null
            ? path(state)
            : path(home != null ? home : System.getProperty("user.home")).resolve(".local/state");
    return base.resolve("holdfast").resolve("node");
  }

  private static Path path(String text) {
    return text == null ? null : Path.of(text);
  }

  /** A short text file without its line end, or null when there is none. */
  private static String read(Path file) {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LONGEST_TOKEN), StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new Failed(
          ExitCode.UNREACHABLE,
          "unreadable",
          file + " cannot be read",
          "are you the user who started the server? Else use HOLDFAST_SERVER and HOLDFAST_TOKEN");
    }
  }
}
