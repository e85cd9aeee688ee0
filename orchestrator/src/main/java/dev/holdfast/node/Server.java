package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast server}: starts a node and keeps it until it is told to stop. */
@Command(
    name = "holdfast server",
    header = "Start a server on this machine.",
    description =
        "Keeps sessions until it is stopped (SIGTERM or Ctrl-C). Sessions and the jobs that run in them live on"
            + " at their targets; started again with the same data directory, it picks them up.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Server.Version.class)
public final class Server implements Callable<Integer> {

  private static final int STOPPED = 0;
  private static final int FAILED = 1;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description =
          "Where the node keeps everything. Default: HOLDFAST_DATA_DIR, else holdfast/node in"
              + " XDG_STATE_HOME (~/.local/state).")
  Path dataDirectory;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "Address to listen on. Default: 127.0.0.1. Others need TLS.")
  String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on. Default: any free one.")
  Integer port;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Configuration file. Default: HOLDFAST_CONFIG, else holdfast/holdfast.conf in"
              + " XDG_CONFIG_HOME (~/.config), else /etc/holdfast/holdfast.conf, else none.")
  Path config;

  private Server() {}

  /** Runs a node; returns when it has stopped. */
  public static int run(String[] args) {
    return new CommandLine(new Server()).execute(args);
  }

  @Override
  public Integer call() throws InterruptedException {
    Map<String, String> environment = System.getenv();
    try {
      Config settings = Configuration.read(file(environment), flags());
      return keep(settings, NodeSettings.of(settings, environment));
    } catch (ConfigException e) {
      StartFailure failure = Configuration.unusable(e);
      return failed(failure.getMessage(), failure.advice());
    } catch (IllegalArgumentException e) {
      return failed(e.getMessage(), "correct it in the configuration");
    } catch (StartFailure e) {
      return failed(e.getMessage(), e.advice());
    } catch (StoreException e) {
      return failed(e.getMessage(), e.advice());
    } catch (IOException e) {
      return failed(e.getMessage(), "look at the data directory and the configuration");
    }
  }

  private static int keep(Config settings, NodeSettings node)
      throws IOException, StartFailure, InterruptedException {
    Running running = Running.start(settings, node);
    var hook = new Thread(running::close, "holdfast-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    System.out.println(
        "holdfast is ready on " + running.url() + " (data in " + node.dataDirectory() + ")");
    return running.awaitEnd() ? STOPPED : FAILED;
  }

  private static int failed(String cause, String advice) {
    System.err.println("holdfast: " + cause + "\n  " + advice);
    return FAILED;
  }

  private Config flags() {
    Map<String, Object> said = new HashMap<>();
    if (dataDirectory != null) {
      said.put("holdfast.data-dir", dataDirectory.toAbsolutePath().toString());
    }
    if (host != null) {
      said.put("holdfast.server.host", host);
    }
    if (port != null) {
      said.put("holdfast.server.port", port);
    }
    return ConfigFactory.parseMap(said, "the command line");
  }

  private Optional<Path> file(Map<String, String> environment) {
    if (config != null) {
      return Optional.of(config);
    }
    if (environment.containsKey("HOLDFAST_CONFIG")) {
      return Optional.of(Path.of(environment.get("HOLDFAST_CONFIG")));
    }
    String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
    Path users =
        Path.of(environment.getOrDefault("XDG_CONFIG_HOME", home + "/.config"))
            .resolve("holdfast/holdfast.conf");
    Path machines = Path.of("/etc/holdfast/holdfast.conf");
    return Optional.of(users)
        .filter(Files::exists)
        .or(() -> Optional.of(machines).filter(Files::exists));
  }

  /** What the build wrote into the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"holdfast " + text()};
    }

    static String text() {
      return Optional.ofNullable(Server.class.getPackage().getImplementationVersion())
          .orElse("(not from a jar)");
    }
  }
}
