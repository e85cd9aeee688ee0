package dev.holdfast.actor.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The statements of a directory of {@code deploy}, which the build puts beside a class.
 *
 * @param beside the class
 * @param filled what stands for {@code ${NAME}} in them
 */
public record SchemaFiles(Class<?> beside, Map<String, String> filled) {

  /** The statements of a file, in their order. */
  public List<String> statements(String file) throws IOException {
    try (InputStream in = beside.getResourceAsStream(file)) {
      String code =
          new String(in.readAllBytes(), UTF_8)
              .lines()
              .filter(line -> !line.startsWith("--"))
              .collect(Collectors.joining("\n"));
      for (Map.Entry<String, String> each : filled.entrySet()) {
        code = code.replace("${" + each.getKey() + "}", each.getValue());
      }
      return Arrays.stream(code.split(";", -1))
          .map(String::strip)
          .filter(statement -> !statement.isEmpty())
          .toList();
    }
  }
}
