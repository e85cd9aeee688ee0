package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast server}: starts a node and keeps it until it is told to stop. */
@Command(
    name = "holdfast server",
    header = "Starts a node on this machine.",
    description = {
      "The node keeps sessions and everything about them in its data directory. It listens on loopback, and beyond it only"
          + " with TLS. At its first start it makes a token, which the CLI on this machine finds by itself.",
      "It runs until SIGTERM or SIGINT. Sessions and jobs on targets go on without it; started again on the same data"
          + " directory, it picks them up."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Server.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped as told, or drained",
      "1:could not start",
      "2:the command line or the configuration is wrong",
      "3:given up by the other nodes of its cluster; start it again"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast server",
      "  holdfast server --port 0 --data-dir /srv/holdfast",
      "  holdfast server --host 0.0.0.0 --config /etc/holdfast.conf",
      "      (beyond loopback: the file names holdfast.server.tls.cert and .key)"
    })
public final class Server implements Callable<Integer> {

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "Where everything is kept. Default: $HOLDFAST_DATA_DIR, else ~/.local/state/holdfast/node.")
  private Path dataDir;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "The address to listen on. Default: 127.0.0.1.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port to listen on, 0 for any. Default: 7410.")
  private Integer port;

  @Option(names = "--config", paramLabel = "FILE", description = "A configuration file (HOCON).")
  private Path file;

  private Server() {}

  /** Runs the verb; returns its exit code. */
  public static int run(String[] args) {
    return new CommandLine(new Server()).execute(args);
  }

  @Override
  public Integer call() {
    Config config;
    try {
      config =
          options()
              .withFallback(ConfigFile.read(Optional.ofNullable(file)))
              .withFallback(ConfigFactory.load());
    } catch (IOException e) {
      return told(2, e.getMessage(), "every key is explained in docs/configuration.md");
    }
    try (Node node = Node.start(config)) {
      System.out.println("holdfast is ready on " + node.url() + " (data in " + node.place() + ")");
      return code(untilStopped(node));
    } catch (StoreException e) {
      return told(1, e.getMessage(), e.advice());
    } catch (ConfigException | IllegalArgumentException e) {
      return told(2, e.getMessage(), "every key is explained in docs/configuration.md");
    } catch (IOException e) {
      return told(1, e.getMessage(), "the log above says more");
    }
  }

  private Config options() {
    Map<String, Object> given = new HashMap<>();
    String named = dataDir != null ? dataDir.toString() : System.getenv("HOLDFAST_DATA_DIR");
    if (named != null) {
      given.put("holdfast.data-dir", named);
    }
    if (host != null) {
      given.put("holdfast.server.host", host);
    }
    if (port != null) {
      given.put("holdfast.server.port", port);
    }
    return ConfigFactory.parseMap(given);
  }

  /**
   * Returns why it has ended, if not because it was told to stop. The JVM ends as soon as its
   * shutdown hooks have, so the node is closed in one.
   */
  private static Optional<Node.Ending> untilStopped(Node node) {
    var stopped = new CompletableFuture<Optional<Node.Ending>>();
    var unused = node.ended().thenAccept(why -> stopped.complete(Optional.of(why)));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stopped.complete(Optional.empty());
                  node.close();
                },
                "holdfast-stop"));
    return stopped.join();
  }

  private static int code(Optional<Node.Ending> ending) {
    if (ending.filter(Node.Ending.GIVEN_UP::equals).isPresent()) {
      return told(
          3,
          "the other nodes have given this one up, because it could not be reached for a while",
          "start it again; its sessions have gone on elsewhere");
    }
    ending.ifPresent(
        drained -> System.out.println("holdfast is drained: the other nodes keep its sessions"));
    return 0;
  }

  /** Says on standard error what went wrong, and what to do; returns the code. */
  static int told(int code, String cause, String advice) {
    System.err.println("holdfast: " + cause);
    if (!advice.isEmpty()) {
      System.err.println("  " + advice);
    }
    return code;
  }

  /** The version of this build. */
  static String version() {
    String version = Server.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"holdfast " + version()};
    }
  }
}
