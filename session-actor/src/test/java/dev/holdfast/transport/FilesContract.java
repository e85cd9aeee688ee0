package dev.holdfast.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.FileTree.Arrival;
import dev.holdfast.transport.RemoteFiles.Entry;
import dev.holdfast.transport.RemoteFiles.FileType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What the files of every transport do, and what a {@link FileTree} on top of them promises. */
public abstract class FilesContract {

  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Instant LONG_AGO = Instant.ofEpochSecond(1_000_000_000);

  @TempDir Path dir;

  private Connection connection;
  private RemoteFiles files;

  /** A connection to a target whose files are those of this machine. */
  protected abstract Connection connect();

  @BeforeEach
  void open() {
    connection = connect();
    files = connection.files(DEADLINE).toCompletableFuture().join();
  }

  @AfterEach
  void close() {
    files.close();
    connection.close();
  }

  private String at(String name) {
    return dir.resolve(name).toString();
  }

  private FileTree tree() throws TransportException {
    return new FileTree(files, dir.toString());
  }

  private static void fails(Kind kind, Executable act) {
    var failure = assertThrows(TransportException.class, act).failure();
    assertEquals(kind, failure.kind(), failure::cause);
    assertTrue(!failure.advice().isEmpty());
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static Arrival arrival(byte[] bytes, boolean replace) {
    String sum = new Sha256().add(bytes).hex();
    return new Arrival(bytes.length, sum, 0644, false, Optional.empty(), replace);
  }

  // ---- the files

  @Test
  void theHomeIsAbsolute() throws TransportException {
    assertTrue(files.home().startsWith("/"));
  }

  @Test
  void aFileIsWrittenPieceByPieceAndReadAgain() throws Exception {
    byte[] bytes = bytes(2 * RemoteFiles.LARGEST_PIECE + 17);
    for (int at = 0; at < bytes.length; at += RemoteFiles.LARGEST_PIECE) {
      int end = Math.min(bytes.length, at + RemoteFiles.LARGEST_PIECE);
      files.write(at("f"), at, Arrays.copyOfRange(bytes, at, end));
    }
    assertArrayEquals(bytes, Files.readAllBytes(dir.resolve("f")));
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("f"))));
    byte[] middle = files.read(at("f"), 1000, RemoteFiles.LARGEST_PIECE);
    assertArrayEquals(Arrays.copyOfRange(bytes, 1000, 1000 + RemoteFiles.LARGEST_PIECE), middle);
    assertEquals(17, files.read(at("f"), 2L * RemoteFiles.LARGEST_PIECE, 1000).length);
    assertEquals(0, files.read(at("f"), bytes.length, 1000).length);
    assertEquals(1, files.read(at("f"), 0, 1).length);
  }

  @Test
  void theSumIsThatOfTheContentWhateverItsNameIs() throws Exception {
    byte[] bytes = bytes(70_000);
    String sum = new Sha256().add(bytes).hex();
    for (String name : new String[] {"plain", "it's \"quoted\" $(x) ; & ü", "-n", "sp  ace"}) {
      Files.write(dir.resolve(name), bytes);
      assertEquals(sum, files.sha256(at(name), Optional.empty()), name);
      assertEquals(sum, files.sha256(at(name), Optional.of(sum)), name);
      assertEquals(sum, files.sha256(at(name), Optional.of("0".repeat(64))), name);
    }
    fails(Kind.NO_SUCH_FILE, () -> files.sha256(at("none"), Optional.empty()));
    fails(Kind.IS_DIRECTORY, () -> files.sha256(dir.toString(), Optional.empty()));
  }

  @Test
  void whatStandsThereIsToldWithItsKind() throws Exception {
    Files.write(dir.resolve("f"), bytes(5));
    Files.setPosixFilePermissions(dir.resolve("f"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.createSymbolicLink(dir.resolve("l"), Path.of("f"));
    Files.createDirectory(dir.resolve("d"));
    assertEquals(0751, files.look(at("f"), false).orElseThrow().mode());
    assertEquals(5, files.look(at("f"), false).orElseThrow().size());
    assertEquals(FileType.LINK, files.look(at("l"), false).orElseThrow().type());
    assertEquals(FileType.FILE, files.look(at("l"), true).orElseThrow().type());
    assertEquals(FileType.DIRECTORY, files.look(at("d"), false).orElseThrow().type());
    assertEquals("f", files.readLink(at("l")));
    assertTrue(files.look(at("none"), false).isEmpty());
    assertEquals(
        java.util.List.of("d", "f", "l"),
        files.list(dir.toString(), 3).stream().map(Entry::name).sorted().toList());
    fails(Kind.TOO_MANY_FILES, () -> files.list(dir.toString(), 2));
    fails(Kind.NO_SUCH_FILE, () -> files.list(at("none"), 2));
  }

  @Test
  void modesAndTimesAreSet() throws Exception {
    Files.write(dir.resolve("f"), bytes(5));
    files.set(at("f"), OptionalInt.of(0640), Optional.of(LONG_AGO));
    var info = files.look(at("f"), false).orElseThrow();
    assertEquals(0640, info.mode());
    assertEquals(LONG_AGO, info.modified());
  }

  @Test
  void whatIsMadeIsPrivateAndWhatIsNotThereNeedsNoRemoving() throws Exception {
    files.makeDirectory(at("d"));
    assertEquals(0700, files.look(at("d"), false).orElseThrow().mode());
    files.makeLink(at("l"), "d/../d");
    assertEquals("d/../d", files.readLink(at("l")));
    files.remove(at("l"));
    files.remove(at("l"));
    assertTrue(Files.isDirectory(dir.resolve("d")));
  }

  @Test
  void aFileIsRenamedOverAnotherOnlyIfThatIsWanted() throws Exception {
    Files.writeString(dir.resolve("a"), "new");
    Files.writeString(dir.resolve("b"), "old");
    assertThrows(TransportException.class, () -> files.rename(at("a"), at("b"), false));
    assertEquals("old", Files.readString(dir.resolve("b")));
    files.rename(at("a"), at("b"), true);
    assertEquals("new", Files.readString(dir.resolve("b")));
    files.rename(at("b"), at("c"), false);
    assertEquals("new", Files.readString(dir.resolve("c")));
    assertTrue(Files.notExists(dir.resolve("b")));
  }

  @Test
  void failuresHaveKinds() throws Exception {
    fails(Kind.NO_SUCH_FILE, () -> files.read(at("none"), 0, 1));
    fails(Kind.IS_DIRECTORY, () -> files.read(dir.toString(), 0, 1));
    fails(Kind.NO_SUCH_FILE, () -> files.write(at("none/f"), 0, bytes(1)));
    assumeTrue(!"root".equals(System.getProperty("user.name")), "skipped: root may do everything");
    Files.createDirectory(
        dir.resolve("d"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-x------")));
    fails(Kind.NO_PERMISSION, () -> files.write(at("d/f"), 0, bytes(1)));
  }

  // ---- the tree

  @Test
  void aFileGetsItsNameOnlyWhenItsSumIsRight() throws Exception {
    FileTree tree = tree();
    byte[] bytes = bytes(3000);
    assertEquals(2000, tree.write("f", "v1", 0, Arrays.copyOf(bytes, 2000)));
    assertTrue(Files.notExists(dir.resolve("f")));
    assertEquals(2000, tree.look("f", false, "v1").part());
    assertEquals(0, tree.look("f", false, "v2").part());
    assertEquals(3000, tree.write("f", "v1", 2000, Arrays.copyOfRange(bytes, 2000, 3000)));
    tree.finish("f", "v1", arrival(bytes, false));
    assertArrayEquals(bytes, Files.readAllBytes(dir.resolve("f")));
    assertEquals(0644, files.look(at("f"), false).orElseThrow().mode());
    try (Stream<Path> left = Files.list(dir)) {
      assertEquals(1, left.count());
    }
    // The answer was lost, and it is asked again.
    assertEquals(3000, tree.finish("f", "v1", arrival(bytes, false)).size());
  }

  @Test
  void anotherContentThanWasSentIsNotPutIntoItsPlace() throws Exception {
    FileTree tree = tree();
    Files.writeString(dir.resolve("f"), "as it was");
    tree.write("f", "v1", 0, bytes(100));
    fails(Kind.CHECKSUM_MISMATCH, () -> tree.finish("f", "v1", arrival(bytes(101), true)));
    assertEquals("as it was", Files.readString(dir.resolve("f")));
    assertEquals(0, tree.look("f", false, "v1").part());
    byte[] other = bytes(100);
    other[50]++;
    tree.write("f", "v1", 0, other);
    fails(Kind.CHECKSUM_MISMATCH, () -> tree.finish("f", "v1", arrival(bytes(100), true)));
    fails(Kind.PART_LOST, () -> tree.finish("f", "v1", arrival(bytes(100), true)));
  }

  @Test
  void aFileWithOtherContentIsReplacedOnlyIfThatIsWanted() throws Exception {
    FileTree tree = tree();
    Files.writeString(dir.resolve("f"), "as it was");
    Files.setPosixFilePermissions(dir.resolve("f"), PosixFilePermissions.fromString("rw-r-----"));
    Files.createDirectory(dir.resolve("d"));
    byte[] bytes = "as it is now".getBytes(StandardCharsets.UTF_8);
    tree.write("f", "v1", 0, bytes);
    fails(Kind.FILE_EXISTS, () -> tree.finish("f", "v1", arrival(bytes, false)));
    tree.finish("f", "v1", arrival(bytes, true));
    assertEquals("as it is now", Files.readString(dir.resolve("f")));
    assertEquals(0640, files.look(at("f"), false).orElseThrow().mode());
    tree.write("d", "v1", 0, bytes);
    fails(Kind.IS_DIRECTORY, () -> tree.finish("d", "v1", arrival(bytes, true)));
  }

  @Test
  void noWriteLeavesAHoleAndNoPieceIsGoneOnWithThatIsNotThere() throws Exception {
    fails(Kind.PART_LOST, () -> tree().write("f", "v1", 1, bytes(1)));
    tree().write("f", "v1", 0, bytes(10));
    FileTree again = tree();
    fails(Kind.PART_LOST, () -> again.write("f", "v1", 11, bytes(1)));
    assertEquals(11, again.write("f", "v1", 10, bytes(1)));
    assertEquals(5, again.write("f", "v1", 4, bytes(1)), "a piece may come twice");
    again.abandon("f", "v1");
    assertEquals(0, again.look("f", false, "v1").part());
  }

  @Test
  void nothingIsWrittenThroughALinkBelowTheRoot() throws Exception {
    Path outside = Files.createDirectory(dir.resolve("outside"));
    Path root = Files.createDirectory(dir.resolve("root"));
    Files.createSymbolicLink(root.resolve("link"), outside);
    var tree = new FileTree(files, root.toString());
    fails(Kind.UNSAFE_LINK, () -> tree.write("link/f", "v1", 0, bytes(1)));
    fails(Kind.UNSAFE_LINK, () -> tree.makeDirectory("link", 0755, false, Optional.empty()));
    fails(Kind.UNSAFE_LINK, () -> tree.makeDirectory("link/d", 0755, false, Optional.empty()));
    fails(Kind.UNSAFE_LINK, () -> tree.makeLink("link/l", "x", true));
    fails(Kind.UNSAFE_NAME, () -> tree.write("../f", "v1", 0, bytes(1)));
    try (Stream<Path> found = Files.list(outside)) {
      assertEquals(0, found.count());
    }
    Files.createSymbolicLink(dir.resolve("named"), root);
    var named = new FileTree(files, at("named"));
    named.makeDirectory("", 0755, false, Optional.empty());
    named.makeDirectory("d", 0777, false, Optional.empty());
    assertEquals(0755, files.look(root + "/d", false).orElseThrow().mode());
  }

  @Test
  void closingEndsWhatIsAskedAfterwards() throws IOException {
    files.close();
    fails(Kind.LINK_LOST, () -> files.read(at("f"), 0, 1));
  }
}
