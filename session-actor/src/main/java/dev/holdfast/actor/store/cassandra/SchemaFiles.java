package dev.holdfast.actor.store.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The statements of {@code deploy/cassandra}, which the build puts beside this class. */
final class SchemaFiles {
  private final String keyspace;
  private final String replication;

  /**
   * @param replication as CQL writes it
   */
  SchemaFiles(String keyspace, String replication) {
    this.keyspace = keyspace;
    this.replication = replication;
  }

  List<String> keyspace() throws IOException {
    return statements("keyspace.cql");
  }

  List<String> version(int version) throws IOException {
    return statements("version-" + version + ".cql");
  }

  private List<String> statements(String file) throws IOException {
    try (InputStream in = SchemaFiles.class.getResourceAsStream(file)) {
      String code =
          new String(in.readAllBytes(), UTF_8)
              .lines()
              .filter(line -> !line.startsWith("--"))
              .collect(Collectors.joining("\n"))
              .replace("${keyspace}", keyspace)
              .replace("${replication}", replication);
      return Arrays.stream(code.split(";", -1))
          .map(String::strip)
          .filter(statement -> !statement.isEmpty())
          .toList();
    }
  }
}
