package dev.holdfast.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {

  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  @TempDir Path directory;
  private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

  @Test
  void theFirstStartMakesATokenThatOnlyTheOwnerCanRead() throws Exception {
    try (Tokens tokens = Tokens.open(directory, clock)) {
      assertEquals(
          new SignIn.Accepted(new Principal("admin", "default")), tokens.signIn(firstToken()));
    }
    for (String name : new String[] {"token", "tokens"}) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))));
    }
    assertFalse(
        Files.readString(directory.resolve("tokens")).contains(firstToken()),
        "the token file must not hold the token");
  }

  @Test
  void theTokenLivesOnThroughARestart() throws Exception {
    Tokens.open(directory, clock).close();
    String before = firstToken();
    try (Tokens tokens = Tokens.open(directory, clock)) {
      assertEquals(before, firstToken());
      assertInstanceOf(SignIn.Accepted.class, tokens.signIn(before));
    }
  }

  @Test
  void aWrongAnEmptyAndAVeryLongTokenAreUnknown() throws Exception {
    try (Tokens tokens = Tokens.open(directory, clock)) {
      for (String wrong :
          new String[] {"", "x", firstToken() + "x", "y".repeat(100_000), "\u00e4\n"}) {
        assertInstanceOf(SignIn.Unknown.class, tokens.signIn(wrong));
      }
    }
  }

  @Test
  void aTokenCountsUntilItsExpiryAndIsThenCalledExpired() throws Exception {
    write(line("ann", "ops", "one", NOW.plusSeconds(1)) + line("bob", "ops", "two", NOW));
    try (Tokens tokens = Tokens.open(directory, clock)) {
      assertEquals(new SignIn.Accepted(new Principal("ann", "ops")), tokens.signIn("one"));
      assertEquals(new SignIn.Expired(new Principal("bob", "ops")), tokens.signIn("two"));
    }
  }

  @Test
  void aChangedFileIsReadAgain() throws Exception {
    write(line("ann", "ops", "one", NOW.plusSeconds(60)));
    try (Tokens tokens = Tokens.open(directory, clock)) {
      write(line("ann", "ops", "other", NOW.plusSeconds(60)));
      tokens.refresh();
      assertInstanceOf(SignIn.Unknown.class, tokens.signIn("one"));
      assertInstanceOf(SignIn.Accepted.class, tokens.signIn("other"));
    }
  }

  @Test
  void aFileThatWasSpoiledWhileTheNodeRunsChangesNothing() throws Exception {
    write(line("ann", "ops", "one", NOW.plusSeconds(60)));
    try (Tokens tokens = Tokens.open(directory, clock)) {
      write("this is no token file\n");
      tokens.refresh();
      assertInstanceOf(SignIn.Accepted.class, tokens.signIn("one"));
      Files.delete(directory.resolve("tokens"));
      tokens.refresh();
      assertInstanceOf(SignIn.Accepted.class, tokens.signIn("one"));
    }
  }

  @Test
  void aMalformedFileStopsTheStartAndNamesTheLineWithoutQuotingIt() throws Exception {
    for (String bad :
        new String[] {
          "ann ops hf_secret never",
          "ann ops",
          "a/b ops " + hash("x") + " never",
          "ann ops " + hash("hf_secret") + " tomorrow"
        }) {
      write("# tokens\n\n" + bad + "\n");
      String message =
          assertThrows(IOException.class, () -> Tokens.open(directory, clock)).getMessage();
      assertTrue(message.contains("tokens, line 3: "), message);
      assertFalse(message.contains("hf_secret"), message);
    }
  }

  @Test
  void aFileThatOthersMayReadStopsTheStart() throws Exception {
    write(line("ann", "ops", "one", NOW.plusSeconds(60)));
    Files.setPosixFilePermissions(
        directory.resolve("tokens"), PosixFilePermissions.fromString("rw-r--r--"));
    String message =
        assertThrows(IOException.class, () -> Tokens.open(directory, clock)).getMessage();
    assertTrue(message.contains("chmod 600"), message);
  }

  private String firstToken() throws IOException {
    return Files.readString(directory.resolve("token")).strip();
  }

  private void write(String text) throws IOException {
    PrivateFile.write(directory.resolve("tokens"), text);
  }

  private static String line(String name, String tenant, String token, Instant expiry) {
    return name + " " + tenant + " " + hash(token) + " " + expiry + "\n";
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
