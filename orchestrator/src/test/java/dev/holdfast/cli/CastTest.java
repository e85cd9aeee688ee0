package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings, written and played. */
class CastTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_800_000_000L), ZoneOffset.UTC);

  @TempDir Path directory;

  @Test
  @DisplayName("behaviour 51: a recording is asciicast v2")
  void aRecordingIsAsciicast() throws IOException {
    Path file = directory.resolve("one.cast");
    byte[] text = "é\033[1m\"\r\n".getBytes(StandardCharsets.UTF_8);
    try (var cast = new Cast(file, CLOCK, 80, 24, "web1")) {
      cast.shown(new byte[] {text[0]});
      cast.shown(Arrays.copyOfRange(text, 1, text.length));
      cast.resized(132, 43);
    }

    assertEquals(
        """
        {"version":2,"width":80,"height":24,"timestamp":1800000000,"title":"web1"}
        [0.000000,"o","é\\u001b[1m\\"\\r\\n"]
        [0.000000,"r","132x43"]
        """,
        Files.readString(file));
    assertThrows(
        FileAlreadyExistsException.class, () -> new Cast(file, CLOCK, 80, 24, "web1").close());
  }

  @Test
  void whatWasRecordedIsPlayed() throws IOException {
    Path file = directory.resolve("two.cast");
    try (var cast = new Cast(file, CLOCK, 80, 24, "web1")) {
      cast.shown("hello \033[31mred\033[0m\r\n".getBytes(StandardCharsets.UTF_8));
    }

    var play = new CommandLineRun().run("play", file.toString());
    assertEquals(0, play.code(), play::err);
    assertEquals("hello \033[31mred\033[0m\r\n", play.out());
  }

  @Test
  void whatIsNoRecordingIsRefused() throws IOException {
    for (String text : new String[] {"", "{\"version\":1}", "hello", "{\"version\":2}\n[1]"}) {
      Path file = Files.writeString(directory.resolve("bad.cast"), text);
      var play = new CommandLineRun().run("play", file.toString());
      assertEquals(1, play.code(), text);
      assertTrue(play.err().contains("asciicast"), play::err);
    }
    assertEquals(1, new CommandLineRun().run("play", directory.resolve("none").toString()).code());
    assertEquals(2, new CommandLineRun().run("play", "x", "--speed", "0").code());
  }
}
