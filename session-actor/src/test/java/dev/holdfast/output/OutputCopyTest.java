package dev.holdfast.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.output.OutputLog.Place;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output that is brought to another log is there to the byte. */
class OutputCopyTest {

  private static final Place OUT = new Place("session", "1", StreamName.OUT);
  private static final String LARGE = "0123456789abcdef".repeat(200_000);

  @TempDir private Path directory;
  private FileOutputLog from;
  private FileOutputLog to;
  private OutputCopy copy;

  @BeforeEach
  void open() throws IOException {
    from = new FileOutputLog(directory.resolve("from"), 64 * 1024, 4);
    to = new FileOutputLog(directory.resolve("to"));
    copy = new OutputCopy(from, to);
  }

  @AfterEach
  void close() throws IOException {
    from.close();
    to.close();
  }

  @Test
  void aCopyGoesOnWhereAnEarlierOneStopped() throws IOException {
    from.append(OUT, 0, bytes(LARGE));
    to.append(OUT, 0, bytes(LARGE.substring(0, 1_000_001)));
    assertEquals(LARGE.length() - 1_000_001, copy.copy(OUT));
    assertEquals(0, copy.copy(OUT));
    assertEquals(LARGE.length(), copy.compare(OUT));
  }

  @Test
  void whatWasDroppedIsMissingInTheCopyToo() throws IOException {
    from.append(OUT, 0, bytes(LARGE));
    from.trim(OUT, 100_000);
    long begin = from.begin(OUT);
    assertTrue(begin > 0);
    assertEquals(LARGE.length() - begin, copy.copy(OUT));
    assertEquals(begin, to.begin(OUT));
    assertEquals(LARGE.length() - begin, copy.compare(OUT));
  }

  @Test
  void aCopyThatIsShortOrDifferentIsFound() throws IOException {
    from.append(OUT, 0, bytes("abcdef"));
    to.append(OUT, 0, bytes("abc"));
    assertTrue(
        assertThrows(IOException.class, () -> copy.compare(OUT))
            .getMessage()
            .contains("ends at 3"));
    to.append(OUT, 3, bytes("dxf"));
    assertTrue(
        assertThrows(IOException.class, () -> copy.compare(OUT)).getMessage().contains("differs"));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
