package dev.holdfast.cli;

import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of every verb that speaks to a server. */
final class ServerOptions {

  static final String HEADING = "%nThe server:%n";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "Address of the server, https://HOST:PORT or http://127.0.0.1:PORT; of a cluster's nodes"
              + " several, with commas between them: any of them serves."
              + " Default: HOLDFAST_SERVER, else the server running on this machine.")
  String server;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "File that holds the token. Default: HOLDFAST_TOKEN, else the token of the server on this"
              + " machine.")
  Path tokenFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "Certificate authority (PEM) to trust for https. Default: HOLDFAST_CA, else the system's.")
  Path ca;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "Data directory of the server on this machine. Default: HOLDFAST_DATA_DIR, else"
              + " holdfast/node in XDG_STATE_HOME (~/.local/state).")
  Path dataDirectory;

  @Option(
      names = "--wait-for-server",
      paramLabel = "DURATION",
      converter = Durations.class,
      description =
          "How long to try again when the server is away. Default: 5m once it has answered, and not"
              + " at all before.")
  Duration patience;
}
