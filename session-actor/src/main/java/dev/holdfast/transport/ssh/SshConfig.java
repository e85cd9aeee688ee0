package dev.holdfast.transport.ssh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an ssh_config(5) file says about one host. The first value of a keyword wins; {@code
 * IdentityFile} adds up. {@code Host}, {@code Include} and those {@code Match} lines that ask for
 * {@code all}, {@code host}, {@code originalhost} or {@code user} are followed; a {@code Match}
 * with any other criterion applies to nothing.
 */
final class SshConfig {

  static final SshConfig EMPTY = new SshConfig("", "");

  private static final int DEEPEST_INCLUDE = 16;
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|([^\\s\"]+)");
  private static final Pattern LINE = Pattern.compile("\\s*(\\w+)(?:\\s*=\\s*|\\s+)(.*)");

  private final Map<String, List<String>> values = new LinkedHashMap<>();
  private final String host;
  private final String user;

  private SshConfig(String host, String user) {
    this.host = host;
    this.user = user;
  }

  /**
   * Reads the file for one host. A missing file says nothing.
   *
   * @param host the host as the user names it
   */
  static SshConfig read(Path file, String host, String user) throws IOException {
    var config = new SshConfig(host, user);
    config.follow(file, true, 0);
    return config;
  }

  /** The value of a keyword, given in lower case; several words are joined by one space. */
  Optional<String> first(String keyword) {
    return values.getOrDefault(keyword, List.of()).stream().findFirst();
  }

  List<String> all(String keyword) {
    return values.getOrDefault(keyword, List.of());
  }

  private void follow(Path file, boolean applies, int depth) throws IOException {
    boolean active = applies;
    for (String line : lines(file)) {
      Matcher parts = LINE.matcher(line);
      if (line.stripLeading().startsWith("#") || !parts.matches()) {
        continue;
      }
      String keyword = parts.group(1).toLowerCase(Locale.ROOT);
      List<String> words = words(parts.group(2));
      switch (keyword) {
        case "host" -> active = applies && HostPatterns.match(words, host);
        case "match" -> active = applies && matches(words);
        case "include" -> {
          if (active && depth < DEEPEST_INCLUDE) {
            include(file, words, depth + 1);
          }
        }
        default -> {
          if (active && !words.isEmpty()) {
            values.computeIfAbsent(keyword, k -> new ArrayList<>()).add(String.join(" ", words));
          }
        }
      }
    }
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException missing) {
      return List.of();
    }
  }

  private void include(Path from, List<String> patterns, int depth) throws IOException {
    for (String pattern : patterns) {
      Path path = from.resolveSibling(Home.expand(pattern));
      Path directory = path.getParent();
      if (directory == null || path.getFileName() == null) {
        continue;
      }
      var found = new ArrayList<Path>();
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(directory, path.getFileName().toString())) {
        files.forEach(found::add);
      } catch (NoSuchFileException | NotDirectoryException missing) {
        continue;
      }
      found.sort(null);
      for (Path file : found) {
        follow(file, true, depth);
      }
    }
  }

  private boolean matches(List<String> criteria) {
    boolean all = true;
    for (int i = 0; i < criteria.size(); i++) {
      String criterion = criteria.get(i).toLowerCase(Locale.ROOT);
      if (criterion.equals("all")) {
        continue;
      }
      String argument = i + 1 < criteria.size() ? criteria.get(++i) : "";
      all &=
          switch (criterion) {
            case "host", "originalhost" -> HostPatterns.match(argument, host);
            case "user" -> HostPatterns.match(argument, user);
            default -> false;
          };
    }
    return all;
  }

  private static List<String> words(String text) {
    var words = new ArrayList<String>();
    for (Matcher word = WORD.matcher(text); word.find(); ) {
      if (word.group(2) != null && word.group(2).startsWith("#")) {
        break;
      }
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    return words;
  }
}
