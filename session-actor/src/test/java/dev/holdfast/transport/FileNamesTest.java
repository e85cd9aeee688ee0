package dev.holdfast.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {

  private static final String HOME = "/home/anna";

  @ParameterizedTest
  @CsvSource({
    "/srv/app, /srv/app",
    "/srv//./app/, /srv/app",
    "/, /",
    "app, /home/anna/app",
    "./app/x, /home/anna/app/x",
    "~/app, /home/anna/app",
    "~, /home/anna",
    "'', /home/anna",
    "., /home/anna",
    "~bert, /home/anna/~bert",
    "-rf, /home/anna/-rf"
  })
  void aPathIsAbsoluteOrBeginsInTheHome(String path, String absolute) throws TransportException {
    assertEquals(absolute, FileNames.absolute(path, HOME));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "..",
        "../x",
        "/srv/../etc/passwd",
        "a/..",
        "~/..",
        "a\0b",
        "a\nb",
        "a\u001b[2J",
        "a\u2028b",
        "\uFFFD",
        "\uD800"
      })
  void whatCouldLeadElsewhereOrSteerATerminalIsRefused(String path) {
    var refused =
        assertThrows(TransportException.class, () -> FileNames.absolute(path, HOME)).failure();
    assertEquals(Failure.Kind.UNSAFE_NAME, refused.kind());
    assertTrue(refused.cause().codePoints().noneMatch(Character::isISOControl), refused.cause());
    assertThrows(TransportException.class, () -> FileNames.relative(path));
  }

  @Test
  void whatIsBelowARootIsNeverAbsolute() throws TransportException {
    assertThrows(TransportException.class, () -> FileNames.relative("/etc/passwd"));
    assertEquals(List.of("a", "b"), FileNames.relative("a//b/."));
    assertEquals(List.of(), FileNames.relative(""));
  }

  @Test
  void aNameOfMoreBytesThanFileSystemsTakeIsRefused() {
    assertTrue(FileNames.isSafe("ü".repeat(127)));
    assertFalse(FileNames.isSafe("ü".repeat(128)));
  }

  @Property
  @Label("whatever is said, the path stays at or below the home, or is refused")
  void aRelativePathNeverLeavesTheHome(@ForAll String said) {
    String path = said.startsWith("/") ? said.substring(1) : said;
    try {
      if (path.startsWith("/")) {
        return;
      }
      Path found = Path.of(FileNames.absolute(path, HOME));
      assertEquals(found, found.normalize());
      assertTrue(found.startsWith(HOME), found::toString);
    } catch (TransportException refused) {
      assertEquals(Failure.Kind.UNSAFE_NAME, refused.failure().kind());
    }
  }

  @Property
  @Label("a safe name is one name, here and there")
  void aSafeNameStaysInItsDirectory(@ForAll String name) {
    if (FileNames.isSafe(name)) {
      assertEquals(Path.of("/d"), Path.of("/d").resolve(name).normalize().getParent());
      assertTrue(name.codePoints().noneMatch(Character::isISOControl));
    }
  }
}
