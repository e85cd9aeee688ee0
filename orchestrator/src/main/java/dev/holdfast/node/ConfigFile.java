package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValueType;
import dev.holdfast.profile.Nearest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** An operator's configuration file. What is not understood in it is said at once, not ignored. */
final class ConfigFile {

  private ConfigFile() {}

  /**
   * Reads the file, if there is one, and checks that every key below {@code holdfast} is known.
   *
   * @throws IOException with a line for people when the file cannot be read, parsed or understood
   */
  static Config read(Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return ConfigFactory.empty();
    }
    Path path = file.get();
    if (!Files.isReadable(path)) {
      throw new IOException(
          "cannot read the configuration "
              + path
              + (Files.exists(path) ? "" : ": there is no such file"));
    }
    try {
      Config given =
          ConfigFactory.parseFile(
                  path.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
              .resolve();
      checkKeys(given);
      return given;
    } catch (ConfigException e) {
      throw new IOException("the configuration " + path + " cannot be used: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException("the configuration " + path + " cannot be used: " + e.getMessage(), e);
    }
  }

  private static void checkKeys(Config given) {
    Set<String> known = keys(ConfigFactory.defaultReference());
    for (String key : keys(given)) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            "the key '"
                + key
                + "' is not known; the nearest known one is '"
                + Nearest.of(key, known)
                + "'");
      }
    }
  }

  /** The paths of all values below {@code holdfast}. */
  private static Set<String> keys(Config config) {
    var keys = new TreeSet<String>();
    if (config.hasPath("holdfast")
        && config.getValue("holdfast").valueType() == ConfigValueType.OBJECT) {
      config.getConfig("holdfast").entrySet().stream()
          .map(Map.Entry::getKey)
          .forEach(key -> keys.add("holdfast." + key));
    }
    return keys;
  }
}
