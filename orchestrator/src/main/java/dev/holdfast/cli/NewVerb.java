package dev.holdfast.cli;

import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "new",
    header = "Open a session on each target.",
    description = {
      "Opens one session on each TARGET and prints them. Each target gets its own session or its"
          + " own error; one that fails spoils nothing for the others.",
      "A target is ssh://[user@]host[:port], [user@]host, or local: for the server's own machine."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast new web1.example.org",
      "  holdfast new ssh://admin@db1:2222 --name db --label role=db --idle-timeout 7d",
      "  holdfast new web1.example.org --profile operators",
      "  holdfast new --inventory fleet.txt --label env=prod --throttle 64",
      "  id=$(holdfast new local: --output id)"
    })
final class NewVerb implements Callable<Integer> {

  private static final int LONGEST_KEY = 128;

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "TARGET",
      arity = "0..*",
      description = "Where to open a session; may be given many times.")
  List<String> targets = new ArrayList<>();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Name of the sessions: 1 to 64 of A-Z a-z 0-9 . _ -, need not be unique. Default: the"
              + " target's host.")
  String name = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label, to select sessions by; may be given up to 64 times.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--shell",
      paramLabel = "SHELL",
      description =
          "Shell to keep: a name in the target's PATH or an absolute path. Default: the"
              + " profile's, else sh.")
  String shell = "";

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description =
          "Profile to open them with: it says who may use them, what they begin with and what they"
              + " may take. `holdfast profile list` shows those there are.")
  String profile = "";

  @Option(
      names = "--idle-timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description =
          "How long the far side lives without a link and without work, 1s to 365d or the"
              + " profile's maximum. Default: the profile's, else 24h.")
  Duration idleTimeout;

  @Option(
      names = "--remove-after",
      paramLabel = "DURATION",
      converter = Durations.class,
      description =
          "Remove it by itself when it has had no work for so long, also when it is Broken, 1s to"
              + " 365d. Default: never.")
  Duration removeAfter;

  @Option(
      names = "--connect-timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "How long the opening may take, 1s to 10m. Default: 30s.")
  Duration connectTimeout = Duration.ofSeconds(30);

  @Option(
      names = "--inventory",
      paramLabel = "FILE",
      description = "File with more targets, one on a line; what follows a # is a comment.")
  Path inventory;

  @Option(
      names = "--throttle",
      paramLabel = "N",
      description = "How many are opened at a time. Default: ${DEFAULT-VALUE}.")
  int throttle = Crowd.USUAL;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description =
          "Idempotency key, 1 to 128 characters: asking again with it gives the same session. Of"
              + " several targets each has its own, made of this and the target. Default: a new one.")
  String key;

  NewVerb(Surroundings around) {
    this.around = around;
  }

  /** A target and the key that its session is asked for with. */
  private record Wish(String target, String key) {}

  @Override
  public Integer call() {
    var wishes = wishes();
    try (var client = new Client(server, around)) {
      return new SessionActs(around, format)
          .run(wishes, throttle, Wish::target, wish -> open(client, wish), NewVerb::notOpened);
    }
  }

  private Session open(Client client, Wish wish) {
    var request =
        CreateSessionRequest.newBuilder()
            .setTarget(wish.target())
            .setName(name)
            .putAllLabels(labels)
            .setShell(shell)
            .setProfile(profile)
            .setConnectTimeout(Durations.proto(connectTimeout))
            .setKey(wish.key());
    if (idleTimeout != null) {
      request.setIdleTimeout(Durations.proto(idleTimeout));
    }
    if (removeAfter != null) {
      request.setRemoveAfter(Durations.proto(removeAfter));
    }
    return client.sessions(
        connectTimeout.plusSeconds(60), sessions -> sessions.createSession(request.build()));
  }

  private static Session notOpened(Wish wish) {
    return Session.newBuilder().setTarget(wish.target()).setState(SessionState.CLOSED).build();
  }

  private List<Wish> wishes() {
    var all = new ArrayList<>(targets);
    if (inventory != null) {
      all.addAll(listed());
    }
    if (all.isEmpty()) {
      throw Failed.usage(
          "no target was given", "name one, such as ssh://user@host, or a file with --inventory");
    }
    var seen = new HashMap<String, Integer>();
    return all.stream()
        .map(target -> new Wish(target, keyFor(target, seen.merge(target, 1, Integer::sum), all)))
        .toList();
  }

  private String keyFor(String target, int time, List<String> all) {
    if (key == null || all.size() == 1) {
      return Client.key(key);
    }
    return keyOf(key, target + (time > 1 ? "/" + time : ""));
  }

  /** The key of one of several things that were asked for with one key. */
  static String keyOf(String key, String which) {
    var own = key + "/" + which;
    return own.length() <= LONGEST_KEY
        ? own
        : UUID.nameUUIDFromBytes(own.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private List<String> listed() {
    try (var lines = Files.lines(inventory)) {
      return lines
          .map(line -> line.replaceFirst("(^|\\s)#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .toList();
    } catch (java.io.UncheckedIOException | MalformedInputException e) {
      throw unreadable("is not text in UTF-8");
    } catch (IOException e) {
      throw unreadable("cannot be read");
    }
  }

  private Failed unreadable(String why) {
    return Failed.usage(
        "the inventory " + inventory + " " + why, "it should hold one target on each line");
  }
}
