package dev.holdfast.cli;

import dev.holdfast.client.CallFailed;
import dev.holdfast.client.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the server is and what opens it.
 *
 * <p>The address comes from {@code --server}, else {@code HOLDFAST_SERVER}, else from the file
 * {@code endpoint} of the node on this machine. The nodes of a cluster may be named with commas
 * between them; any of them will do. The token comes from {@code HOLDFAST_TOKEN}, else from {@code
 * --token-file}, else from the file {@code token} beside {@code endpoint}. It is read anew for each
 * connection, because a node that was started again listens elsewhere.
 */
final class Servers {

  private static final int LONGEST_TOKEN = 8192;

  private Servers() {}

  /** Every address there is to try, in the order of their names; one at least. */
  static List<Endpoint> all(ServerOptions options, Surroundings around) {
    var ca = options.ca != null ? options.ca : path(around.env("HOLDFAST_CA"));
    var addresses = address(options, around).split(",", -1);
    var token = token(options, around);
    return Stream.of(addresses)
        .map(address -> Endpoint.of(address.strip(), Optional.ofNullable(ca), token))
        .toList();
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
      throw new CallFailed(
          CallFailed.Where.ON_THE_WAY,
          "no-server",
          "no server runs on this machine with the data directory " + directory,
          Failed.START_ADVICE);
    }
    return text;
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
    if (!Endpoint.isToken(token)) {
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
