package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast schema} on a real PostgreSQL. */
@Timeout(120)
@ExtendWith(OnePostgres.class)
final class PostgresSchemaVerbTest {

  @Test
  void theTablesAreShownWhenTheyHaveBeenApplied(PostgresServer server) {
    List<String> at =
        List.of(
            "--url",
            server.url(),
            "--user",
            PostgresServer.USER,
            "--password-file",
            server.passwordFile().toString());
    assertEquals(1, run("show", at));
    assertEquals(0, run("apply", at));
    assertEquals(0, run("apply", at));
    assertEquals(0, run("show", at));
  }

  @Test
  void aFileSaysWhereTheyAre(PostgresServer server, @TempDir Path directory) throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("holdfast.conf"),
            """
            holdfast.store = postgresql
            holdfast.postgresql { url = "%s", user = %s, password-file = "%s", schema = by_file }
            """
                .formatted(server.url(), PostgresServer.USER, server.passwordFile()));
    List<String> config = List.of("--config", file.toString());
    assertEquals(1, run("show", config));
    assertEquals(0, run("apply", config));
    assertEquals(0, run("show", config));
  }

  private static int run(String verb, List<String> options) {
    List<String> args = new ArrayList<>(List.of(verb));
    args.addAll(options);
    return SchemaVerb.run(args.toArray(String[]::new));
  }
}
