package dev.holdfast.profile;

import static dev.holdfast.profile.InvalidProfile.check;

import com.google.protobuf.Duration;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import dev.holdfast.protocol.v1.AllowedCommand;
import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.ProfileSpec;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A profile as people write it, in HOCON or JSON; {@code docs/profiles.md} has every key with its
 * unit, range and default, and a test keeps the two equal.
 *
 * <p>It is read on the server and comes from somebody else, so it is text and nothing more: it
 * includes no file and sees no variable of the server's environment.
 *
 * @param name the profile's name, if the document has it
 */
public record Document(String name, ProfileSpec spec) {

  /** The keys there are. */
  static final List<String> KEYS =
      List.of(
          "name",
          "description",
          "principals",
          "shell",
          "user",
          "environment",
          "directory",
          "startup",
          "startup-timeout",
          "idle-timeout",
          "max-idle-timeout",
          "job-time",
          "session-time",
          "sessions-per-user",
          "queue-length",
          "output-limit",
          "output-mode",
          "park-after",
          "self-repairs",
          "restricted",
          "commands");

  static final List<String> COMMAND_KEYS = List.of("run", "arguments", "rest");

  static final int LARGEST = 64 * 1024;
  private static final int START_BYTES = 32 * 1024;
  private static final int VARIABLES = 64;
  private static final int VALUE = 4096;

  private static final java.time.Duration SECOND = java.time.Duration.ofSeconds(1);
  private static final java.time.Duration YEAR = java.time.Duration.ofDays(365);
  private static final java.time.Duration TEN_MINUTES = java.time.Duration.ofMinutes(10);
  private static final java.time.Duration STARTUP = java.time.Duration.ofSeconds(20);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern PRINCIPAL = Pattern.compile("\\S{1,128}");
  private static final Pattern SHELL =
      Pattern.compile("[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,62}|/[A-Za-z0-9_./+-]{1,62}");
  private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9._-]{0,31}");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
  private static final Pattern SECRET =
      Pattern.compile(".*(PASSW|PASSPHRASE|TOKEN|SECRET|CREDENTIAL|PRIVATE_?KEY|API_?KEY).*");
  private static final Pattern COMMAND =
      Pattern.compile("[A-Za-z0-9_.+][A-Za-z0-9_.+-]{0,254}|/[A-Za-z0-9_./+-]{1,254}");

  /** Builtins that would read an argument as syntax, or change what the other commands are. */
  private static final List<String> EVALUATORS =
      List.of(
          ".",
          "source",
          "eval",
          "exec",
          "command",
          "builtin",
          "trap",
          "alias",
          "unalias",
          "export",
          "readonly",
          "declare",
          "typeset",
          "local",
          "set",
          "shopt",
          "enable",
          "hash",
          "read",
          "fc");

  /**
   * Reads a document.
   *
   * @throws InvalidProfile when it is none; it names the key
   */
  public static Document parse(String text) {
    check(text.length() <= LARGEST, "document", "may have 64 KiB at most");
    Config config;
    try {
      config =
          ConfigFactory.parseString(
                  text, ConfigParseOptions.defaults().setIncluder(new NoIncludes()))
              .resolve(ConfigResolveOptions.noSystem());
    } catch (ConfigException e) {
      throw new InvalidProfile("document", "cannot be read: " + e.getMessage());
    }
    var keys = new Keys(config, "");
    keys.knowsOnly(KEYS);
    String name = keys.text("name", 64);
    check(name.isEmpty() || isName(name), "name", "must be 1-64 characters of A-Z a-z 0-9 . _ -");
    var spec = ProfileSpec.newBuilder().setDescription(keys.text("description", 1000));
    use(keys, spec);
    start(keys, spec);
    limits(keys, spec);
    restriction(keys, spec);
    return new Document(name, spec.build());
  }

  /** Whether a profile may have this name. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  private static void use(Keys keys, ProfileSpec.Builder spec) {
    List<String> principals = keys.texts("principals", 1000);
    check(
        principals.stream().allMatch(it -> PRINCIPAL.matcher(it).matches()),
        "principals",
        "must be names of tokens, without blanks");
    spec.addAllPrincipals(principals);
    keys.number("sessions-per-user", 1, 100_000).ifPresent(spec::setSessionsPerUser);
  }

  private static void start(Keys keys, ProfileSpec.Builder spec) {
    spec.setShell(
        matching(
            keys, "shell", SHELL, "a name or an absolute path of letters, digits and . _ + -"));
    spec.setUser(matching(keys, "user", USER, "the name of an account"));
    spec.setDirectory(keys.text("directory", VALUE));
    spec.setStartup(keys.text("startup", START_BYTES));
    spec.setStartupTimeout(time(keys.time("startup-timeout", SECOND, TEN_MINUTES).orElse(STARTUP)));
    var environment = keys.map("environment");
    check(environment.size() <= VARIABLES, "environment", "may have " + VARIABLES + " variables");
    environment.forEach(
        (name, value) -> {
          String key = "environment." + name;
          check(VARIABLE.matcher(name).matches(), key, "is no name of a variable");
          String upper = name.toUpperCase(Locale.ROOT);
          check(
              !SECRET.matcher(upper).matches(),
              key,
              "looks like a secret, and a profile is kept and shown in the clear; let the start-up"
                  + " script read it on the target from a file that only the account can read");
          check(
              !upper.startsWith("HOLDFAST_") && !name.startsWith("_hf_"),
              key,
              "is one of Holdfast's own");
          check(
              value.length() <= VALUE && value.indexOf('\0') < 0,
              key,
              "may have " + VALUE + " characters at most, and no NUL");
        });
    spec.putAllEnvironment(environment);
    int size =
        spec.getStartup().length()
            + environment.entrySet().stream()
                .mapToInt(it -> it.getKey().length() + it.getValue().length() + 12)
                .sum();
    check(size <= START_BYTES, "startup", "and 'environment' may have 32 KiB together");
  }

  private static void limits(Keys keys, ProfileSpec.Builder spec) {
    var most = keys.time("max-idle-timeout", SECOND, YEAR);
    most.map(Document::time).ifPresent(spec::setMaxIdleTimeout);
    keys.time("idle-timeout", SECOND, most.orElse(YEAR))
        .map(Document::time)
        .ifPresent(spec::setIdleTimeout);
    keys.time("job-time", SECOND, YEAR).map(Document::time).ifPresent(spec::setJobTime);
    keys.time("session-time", SECOND, YEAR).map(Document::time).ifPresent(spec::setSessionTime);
    keys.time("park-after", java.time.Duration.ZERO, YEAR)
        .map(Document::time)
        .ifPresent(spec::setParkAfter);
    keys.number("queue-length", 1, 1_000_000).ifPresent(spec::setQueueLength);
    keys.number("self-repairs", 0, 100).ifPresent(spec::setSelfRepairs);
    keys.bytes("output-limit", 64 * 1024, 1L << 40).ifPresent(spec::setOutputLimit);
    String mode = keys.text("output-mode", 16).toLowerCase(Locale.ROOT);
    switch (mode) {
      case "" -> {}
      case "block" -> spec.setOutputMode(OutputMode.BLOCK);
      case "drop" -> {
        check(
            spec.getOutputLimit() > 0, "output-mode", "is drop, so there must be an output-limit");
        spec.setOutputMode(OutputMode.DROP);
      }
      default -> throw new InvalidProfile("output-mode", "must be block or drop");
    }
  }

  private static void restriction(Keys keys, ProfileSpec.Builder spec) {
    spec.setRestricted(keys.flag("restricted"));
    keys.objects("commands", 256).stream().map(Document::command).forEach(spec::addCommands);
    check(
        spec.getRestricted() || spec.getCommandsCount() == 0,
        "commands",
        "belong to a profile with restricted = true");
  }

  private static AllowedCommand command(Keys keys) {
    keys.knowsOnly(COMMAND_KEYS);
    String run =
        matching(keys, "run", COMMAND, "a name or an absolute path of letters, digits and . _ + -");
    check(!run.isEmpty(), "commands.run", "is missing");
    check(
        !EVALUATORS.contains(run),
        "commands.run",
        "is '" + run + "', by which an argument could become a command");
    var command = AllowedCommand.newBuilder().setRun(run);
    keys.texts("arguments", 64).forEach(it -> command.addArguments(pattern("arguments", it)));
    keys.given("rest", 1024).ifPresent(it -> command.setRest(pattern("rest", it)));
    return command.build();
  }

  private static String pattern(String key, String text) {
    check(text.length() <= 1024, "commands." + key, "may have patterns of 1024 characters");
    try {
      Pattern.compile(text);
      return text;
    } catch (PatternSyntaxException e) {
      throw new InvalidProfile(
          "commands." + key, "has '" + text + "', which is no pattern: " + e.getDescription());
    }
  }

  private static String matching(Keys keys, String key, Pattern pattern, String what) {
    String text = keys.text(key, 255);
    check(text.isEmpty() || pattern.matcher(text).matches(), keys.whole(key), "must be " + what);
    return text;
  }

  private static Duration time(java.time.Duration time) {
    return Duration.newBuilder().setSeconds(time.getSeconds()).setNanos(time.getNano()).build();
  }
}
