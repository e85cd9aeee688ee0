package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the operator's configuration file over the defaults of all modules. A key under {@code
 * holdfast} that no module knows stops the start: a setting that does nothing is worse than none.
 */
final class Configuration {

  private static final String ROOT = "holdfast";

  private Configuration() {}

  /**
   * The file's settings over the defaults.
   *
   * @param file the operator's file, if there is one
   * @param flags what was said on the command line; it stands before the file
   */
  static Config read(Optional<Path> file, Config flags) throws StartFailure {
    Config defaults = ConfigFactory.defaultReference();
    Config own = file.isPresent() ? parse(file.get()) : ConfigFactory.empty();
    try {
      if (own.hasPathOrNull(ROOT)) {
        ConfigValue root = own.root().get(ROOT);
        if (root instanceof ConfigObject keys) {
          check(ROOT, keys, defaults.getObject(ROOT));
        }
      }
      for (String key : own.root().keySet()) {
        if (!defaults.root().containsKey(key)) {
          throw unknown(own.root().get(key), key, nearest(key, defaults.root().keySet()));
        }
      }
      return flags
          .withFallback(ConfigFactory.defaultOverrides())
          .withFallback(own)
          .withFallback(defaults)
          .resolve();
    } catch (ConfigException e) {
      throw unusable(e);
    }
  }

  private static Config parse(Path file) throws StartFailure {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new StartFailure(
          "the configuration " + file + " is not there or cannot be read",
          "name a readable file with --config");
    }
    try {
      return ConfigFactory.parseFile(
          file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
    } catch (ConfigException e) {
      throw unusable(e);
    }
  }

  static StartFailure unusable(ConfigException e) {
    return new StartFailure(
        "the configuration cannot be used: " + e.getMessage().replaceAll("\\s+", " "),
        "correct it; reference.conf explains every key");
  }

  private static void check(String path, ConfigObject given, ConfigObject known)
      throws StartFailure {
    for (Map.Entry<String, ConfigValue> entry : given.entrySet()) {
      String at = path + "." + entry.getKey();
      ConfigValue there = known.get(entry.getKey());
      if (there == null) {
        throw unknown(
            entry.getValue(),
            at,
            nearest(entry.getKey(), known.keySet()).map(near -> path + "." + near));
      }
      boolean section = there.valueType() == ConfigValueType.OBJECT;
      if (section && entry.getValue() instanceof ConfigObject inner) {
        check(at, inner, (ConfigObject) there);
      } else if (section != (entry.getValue().valueType() == ConfigValueType.OBJECT)) {
        throw new StartFailure(
            where(entry.getValue()) + at + (section ? " is a section" : " is a single value"),
            "correct it; reference.conf explains every key");
      }
    }
  }

  private static StartFailure unknown(ConfigValue value, String key, Optional<String> near) {
    return new StartFailure(
        where(value) + "there is no setting '" + key + "'",
        near.map(name -> "did you mean '" + name + "'?")
            .orElse("reference.conf lists all settings"));
  }

  private static String where(ConfigValue value) {
    var origin = value.origin();
    return origin.filename() == null
        ? ""
        : origin.filename() + ", line " + origin.lineNumber() + ": ";
  }

  private static Optional<String> nearest(String word, Set<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String name) -> distance(word, name)).thenComparing(n -> n));
  }

  /** How many letters have to be changed, added or left out. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
