package dev.holdfast.profile;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Typed reading of one object of a document: what is not there is empty, what is wrong is named.
 */
final class Keys {

  private static final Set<ConfigValueType> SCALARS =
      EnumSet.of(ConfigValueType.STRING, ConfigValueType.NUMBER, ConfigValueType.BOOLEAN);

  private final Config config;
  private final String prefix;

  Keys(Config config, String prefix) {
    this.config = config;
    this.prefix = prefix;
  }

  void knowsOnly(List<String> known) {
    for (String key : config.root().keySet()) {
      InvalidProfile.check(
          known.contains(key),
          prefix + key,
          "is not known; the nearest known one is '" + prefix + Nearest.of(key, known) + "'");
    }
  }

  /** The key as it stands in the whole document. */
  String whole(String key) {
    return prefix + key;
  }

  private interface Reader<T> {
    T read();
  }

  private <T> Optional<T> get(String key, String type, Reader<T> reader) {
    try {
      return config.hasPath(key) ? Optional.of(reader.read()) : Optional.empty();
    } catch (ConfigException e) {
      throw new InvalidProfile(prefix + key, "must be " + type);
    }
  }

  String text(String key, int most) {
    String text = get(key, "text", () -> config.getString(key)).orElse("");
    InvalidProfile.check(
        text.length() <= most && text.indexOf('\0') < 0,
        prefix + key,
        "may have " + most + " characters at most, and no NUL");
    return text;
  }

  Optional<String> given(String key, int most) {
    return config.hasPath(key) ? Optional.of(text(key, most)) : Optional.empty();
  }

  boolean flag(String key) {
    return get(key, "true or false", () -> config.getBoolean(key)).orElse(false);
  }

  List<String> texts(String key, int most) {
    List<String> texts =
        get(key, "a list of texts", () -> config.getStringList(key)).orElse(List.of());
    InvalidProfile.check(
        texts.size() <= most, prefix + key, "may have " + most + " entries at most");
    return texts;
  }

  List<Keys> objects(String key, int most) {
    List<? extends ConfigObject> all =
        get(key, "a list of objects", () -> config.getObjectList(key)).orElse(List.of());
    InvalidProfile.check(all.size() <= most, prefix + key, "may have " + most + " entries at most");
    return all.stream().map(one -> new Keys(one.toConfig(), prefix + key + ".")).toList();
  }

  /** Name to value; values that are numbers or flags count as their text. */
  Map<String, String> map(String key) {
    Map<String, String> map = new TreeMap<>();
    get(key, "an object", () -> config.getObject(key))
        .ifPresent(
            object ->
                object.forEach(
                    (name, value) -> {
                      InvalidProfile.check(
                          SCALARS.contains(value.valueType()),
                          prefix + key + "." + name,
                          "must be text");
                      map.put(name, String.valueOf(value.unwrapped()));
                    }));
    return map;
  }

  Optional<Integer> number(String key, int least, int most) {
    Optional<Integer> number = get(key, "a whole number", () -> config.getInt(key));
    number.ifPresent(
        it ->
            InvalidProfile.check(
                it >= least && it <= most,
                prefix + key,
                "must be from " + least + " to " + most + ", not " + it));
    return number;
  }

  Optional<Long> bytes(String key, long least, long most) {
    Optional<Long> bytes = get(key, "a size such as 16 MiB", () -> config.getBytes(key));
    bytes.ifPresent(
        it ->
            InvalidProfile.check(
                it >= least && it <= most,
                prefix + key,
                "must be from " + least + " to " + most + " bytes, not " + it));
    return bytes;
  }

  Optional<Duration> time(String key, Duration least, Duration most) {
    Optional<Duration> time = get(key, "a time such as 10m", () -> config.getDuration(key));
    time.ifPresent(
        it ->
            InvalidProfile.check(
                it.compareTo(least) >= 0 && it.compareTo(most) <= 0,
                prefix + key,
                "must be from " + shown(least) + " to " + shown(most)));
    return time;
  }

  private static String shown(Duration time) {
    long seconds = time.toSeconds();
    return seconds >= 86_400 && seconds % 86_400 == 0
        ? seconds / 86_400 + " d"
        : seconds >= 60 && seconds % 60 == 0 ? seconds / 60 + " min" : seconds + " s";
  }
}
