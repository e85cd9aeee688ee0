package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DataDirectoryTest {
  @TempDir Path temporary;

  @Test
  void itIsMadeForItsOwnerOnly() throws Exception {
    Path path = temporary.resolve("a/b/data");
    try (DataDirectory directory = DataDirectory.open(path)) {
      assertEquals("rwx------", permissions(directory.path()));
      assertEquals("rwx------", permissions(directory.output()));
      assertEquals(path.toRealPath(), directory.path());
    }
  }

  @Test
  void anExistingOneIsClosedToOthers() throws Exception {
    Path path = Files.createDirectory(temporary.resolve("data"));
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    DataDirectory.open(path).close();
    assertEquals("rwx------", permissions(path));
  }

  @Test
  void aSecondProcessIsRefusedAndToldWhoHasIt() throws Exception {
    Path path = temporary.resolve("data");
    try (DataDirectory directory = DataDirectory.open(path);
        ChildJvm second = new ChildJvm(OpenMain.class, path.toString())) {
      String refusal = second.line();
      assertTrue(refusal.startsWith("IN_USE: "), refusal);
      assertTrue(refusal.contains("process " + ProcessHandle.current().pid() + " on "), refusal);
      assertTrue(refusal.contains(directory.path().toString()), refusal);
    }
  }

  @Test
  void thisProcessIsRefusedTooAndTheLockStaysHeld() throws Exception {
    Path path = temporary.resolve("data");
    try (DataDirectory directory = DataDirectory.open(path)) {
      Path detour = Files.createSymbolicLink(temporary.resolve("detour"), directory.path());
      StoreException refused = assertThrows(StoreException.class, () -> DataDirectory.open(detour));
      assertEquals(StoreException.Kind.IN_USE, refused.kind());
      assertFalse(refused.advice().isEmpty());
      try (ChildJvm second = new ChildJvm(OpenMain.class, path.toString())) {
        assertTrue(second.line().startsWith("IN_USE: "));
      }
    }
    DataDirectory.open(path).close();
  }

  @Test
  void theDirectoryOfAKilledProcessIsFree() throws Exception {
    Path path = temporary.resolve("data");
    try (ChildJvm first = new ChildJvm(OpenMain.class, path.toString())) {
      assertTrue(first.line().startsWith("opened"));
      StoreException refused = assertThrows(StoreException.class, () -> DataDirectory.open(path));
      assertTrue(refused.getMessage().contains("process " + first.pid() + " on "));
      first.kill();
    }
    DataDirectory.open(path).close();
  }

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
