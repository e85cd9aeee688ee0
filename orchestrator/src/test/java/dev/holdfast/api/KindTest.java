package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.transport.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class KindTest {

  private static final String HEAD = "| kind | gRPC | HTTP | meaning |\n|---|---|---|---|\n";

  @Test
  void everyKindOfTransportFailureHasARow() {
    for (Failure.Kind kind : Failure.Kind.values()) {
      String word = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
      assertTrue(Kind.of(word).isPresent(), word);
    }
  }

  @Test
  void theDocumentShowsTheTable() throws IOException {
    String table =
        HEAD
            + Arrays.stream(Kind.values())
                .sorted(Comparator.comparingInt(Kind::http))
                .map(
                    kind ->
                        "| `%s` | %s | %d | %s |\n"
                            .formatted(kind.word(), kind.code(), kind.http(), kind.meaning()))
                .collect(Collectors.joining());
    Path document = Path.of("..", "docs", "failures.md");
    String text = Files.readString(document);
    int from = text.indexOf(HEAD);
    int to = text.indexOf("\n\n", from);
    String shown = text.substring(from, to < 0 ? text.length() : to + 1);
    assertEquals(table, shown, "docs/failures.md must show this table");
  }
}
