package dev.holdfast.transport.ssh;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Turns the block {@code holdfast.ssh} into {@link SshSettings}. */
final class SshSettingsReader {

  private static final Set<String> KEYS =
      Set.of(
          "user",
          "config-file",
          "known-hosts",
          "identities",
          "agent-socket",
          "passphrase-file",
          "passphrase-variable",
          "password-file",
          "password-variable",
          "connect-deadline",
          "keepalive-interval",
          "keepalive-count",
          "kex",
          "linger",
          "max-channels",
          "connects-per-target",
          "connects-per-node");

  private final Config block;

  private SshSettingsReader(Config block) {
    this.block = block;
  }

  static SshSettings read(Config block) {
    block.root().keySet().forEach(SshSettingsReader::known);
    return new SshSettingsReader(block).settings();
  }

  private static void known(String key) {
    if (!KEYS.contains(key)) {
      String nearest =
          KEYS.stream().min(Comparator.comparingInt(known -> distance(key, known))).orElseThrow();
      throw new IllegalArgumentException(
          "holdfast.ssh." + key + " is not a setting; did you mean " + nearest + "?");
    }
  }

  private SshSettings settings() {
    return new SshSettings(
        text("user").orElse(System.getProperty("user.name", "root")),
        path("config-file"),
        paths("known-hosts"),
        paths("identities"),
        path("agent-socket"),
        secret("passphrase"),
        secret("password"),
        block.getDuration("connect-deadline"),
        block.getDuration("keepalive-interval"),
        block.getInt("keepalive-count"),
        block.getStringList("kex"),
        block.getDuration("linger"),
        block.getInt("max-channels"),
        block.getInt("connects-per-target"),
        block.getInt("connects-per-node"));
  }

  private Optional<String> text(String key) {
    return Optional.of(block.getString(key)).filter(value -> !value.isBlank());
  }

  private Optional<Path> path(String key) {
    return text(key).map(Home::expand);
  }

  private List<Path> paths(String key) {
    return block.getStringList(key).stream().map(Home::expand).toList();
  }

  private SecretSource secret(String name) {
    Optional<Path> file = path(name + "-file");
    Optional<String> variable = text(name + "-variable");
    if (file.isPresent() && variable.isPresent()) {
      throw new IllegalArgumentException(
          "holdfast.ssh." + name + " is to come from a file or from a variable, not from both");
    }
    return file.<SecretSource>map(SecretSource.FromFile::new)
        .or(() -> variable.map(SecretSource.FromEnvironment::new))
        .orElseGet(SecretSource.None::new);
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        corner = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
