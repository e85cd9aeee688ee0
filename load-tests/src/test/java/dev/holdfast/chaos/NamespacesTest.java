package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.chaos.Network.Way;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real packets between namespaces, where this machine allows any. */
class NamespacesTest {

  private static final String FAR = "far";
  private static final Way THERE = new Way(Stage.CLIENTS, FAR);
  private static final Way BACK = new Way(FAR, Stage.CLIENTS);
  private static final int SOON_MILLIS = 10_000;
  private static final int NEVER_MILLIS = 300;

  private Namespaces network;

  @BeforeEach
  void make() throws IOException {
    var missing = Namespaces.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
    network = new Namespaces(List.of(Stage.CLIENTS, FAR));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (network != null) {
      network.close();
      long pid = ProcessHandle.current().pid();
      assertFalse(Command.run("ip", "netns", "list").contains("holdfast-" + pid + "-"));
      assertFalse(Command.run("ip", "link", "show").contains(" hf" + pid + "@"));
    }
  }

  @Test
  void aCutDropsPacketsOneWayAndNoneOfThemIsLate() throws IOException {
    try (var far = new Echo(network.seat(FAR));
        var here = new DatagramSocket()) {
      far.tell(here, "open");
      assertEquals("open", far.heard());
      assertEquals("open", Echo.answer(here, SOON_MILLIS));

      network.cut(List.of(BACK));
      far.tell(here, "mute");
      assertEquals("mute", far.heard());
      assertEquals("", Echo.answer(here, NEVER_MILLIS));

      network.mend(List.of(BACK), false);
      network.cut(List.of(THERE));
      far.tell(here, "deaf");
      network.mend(List.of(THERE), false);
      far.tell(here, "mended");
      assertEquals("mended", far.heard());
      assertEquals("mended", Echo.answer(here, SOON_MILLIS));
    }
  }

  @Test
  void aConnectionBreaksWhenItWasForgottenOnTheWay() throws IOException {
    try (var far = new Echo(network.seat(FAR));
        var connection = far.connect()) {
      var ways = List.of(THERE, BACK);
      network.cut(ways);
      network.mend(ways, true);
      assertThrows(SocketException.class, () -> connection.getInputStream().read());
    }
  }

  @Test
  void aMachineWithoutPowerIsSilentAndComesBackWithoutItsConnections() throws IOException {
    try (var far = new Echo(network.seat(FAR));
        var connection = far.connect()) {
      connection.setSoTimeout(NEVER_MILLIS);
      network.losePower(FAR);
      far.kill();
      assertThrows(java.net.SocketTimeoutException.class, () -> connection.getInputStream().read());

      network.restorePower(FAR);
      connection.setSoTimeout(SOON_MILLIS);
      connection.getOutputStream().write(1);
      assertThrows(SocketException.class, () -> connection.getInputStream().read());
    }
  }
}
