package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HostScriptLintTest {

  @Test
  void shellcheckHasNothingToSay() throws Exception {
    boolean here = Shells.find("shellcheck").isPresent();
    if (!here) {
      System.out.println(
          "skipped: the lint of the host script, because there is no shellcheck here");
    }
    assumeTrue(here);
    try (var host = new HostOnDisk(Shells.plain())) {
      var lint =
          new ProcessBuilder("shellcheck", "-s", "sh", host.script.toString())
              .redirectErrorStream(true)
              .start();
      assertEquals("", new String(lint.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      assertEquals(0, lint.waitFor());
    }
  }
}
