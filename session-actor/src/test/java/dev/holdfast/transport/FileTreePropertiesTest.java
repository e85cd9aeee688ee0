package dev.holdfast.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.transport.FileTree.Arrival;
import dev.holdfast.transport.local.LocalTransport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A file that is sent in pieces, over links that are cut at any byte, arrives as it was sent. */
class FileTreePropertiesTest {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** What happens after some bytes of a piece have been written. */
  enum Cut {
    /** Nothing: the piece was written whole and the answer arrived. */
    NONE,
    /** Only a part of the piece was written, and no answer arrived. */
    TORN,
    /** The piece was written whole, and no answer arrived. */
    UNANSWERED,
    /** The part is lost on the target. */
    LOST
  }

  record Step(int length, Cut cut) {}

  @Property(tries = 300)
  @Label("whatever is cut, torn or lost, the file is whole or has no name")
  void aFileArrivesWholeWhateverIsCut(@ForAll byte[] content, @ForAll("steps") List<Step> steps)
      throws Exception {
    Path directory = Files.createTempDirectory("tree-");
    try (var transport = new LocalTransport()) {
      var connection =
          transport.connect(Target.parse("local:"), DEADLINE).toCompletableFuture().join();
      FileTree tree = open(connection, directory);
      for (Step step : steps) {
        int at = (int) tree.look("f", false, "v").part();
        assertTrue(at <= content.length);
        int end = Math.min(content.length, at + step.length());
        int written = step.cut() == Cut.TORN ? at + (end - at) / 2 : end;
        assertEquals(written, tree.write("f", "v", at, Arrays.copyOfRange(content, at, written)));
        assertTrue(Files.notExists(directory.resolve("f")));
        if (step.cut() == Cut.LOST) {
          tree.abandon("f", "v");
        }
        if (step.cut() != Cut.NONE) {
          tree.close();
          tree = open(connection, directory);
        }
      }
      int at = (int) tree.look("f", false, "v").part();
      tree.write("f", "v", at, Arrays.copyOfRange(content, at, content.length));
      String sum = new Sha256().add(content).hex();
      tree.finish("f", "v", new Arrival(content.length, sum, 0600, true, Optional.empty(), false));
      assertArrayEquals(content, Files.readAllBytes(directory.resolve("f")));
      try (Stream<Path> left = Files.list(directory)) {
        assertEquals(1, left.count());
      }
    } finally {
      delete(directory);
    }
  }

  private static FileTree open(Connection connection, Path directory) throws TransportException {
    return new FileTree(
        connection.files(DEADLINE).toCompletableFuture().join(), directory.toString());
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> left = Files.list(directory)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(Arbitraries.integers().between(0, 40), Arbitraries.of(Cut.class))
        .as(Step::new)
        .list()
        .ofMaxSize(8);
  }
}
