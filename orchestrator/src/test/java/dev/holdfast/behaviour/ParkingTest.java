package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions that nobody uses, on a real node that soon gives up their links. */
class ParkingTest {

  private static Stage stage;

  @BeforeAll
  static void set() throws IOException, InterruptedException {
    stage = Stage.set(Stage.Options.config("holdfast.session.park-after = 1 s"));
  }

  @AfterAll
  static void close() throws IOException {
    stage.close();
  }

  @DisplayName("behaviours 4, 8: an idle session is parked, and the next job finds all it left")
  @ParameterizedTest
  @EnumSource
  void anIdleSessionIsParkedAndTheNextJobBringsItBack(TargetKind kind) {
    Shell shell = stage.open(kind);
    shell.run("kept=" + kind).with(0);
    Session parked = shell.await("it is parked", ParkingTest::isParked);
    assertTrue(parked.hasExpiresAt(), parked::toString);
    assertEquals(kind + "\n", shell.run("echo $kept").with(0).text());
    assertEquals(1, shell.show().getIncarnation());
    assertTrue(
        shell.history().stream()
            .filter(entry -> entry.getWhat().equals("link-lost"))
            .map(HistoryEntry::getDetail)
            .anyMatch(detail -> detail.contains("parked")));
    shell.remove();
  }

  @DisplayName("behaviour 8: a session that works is not parked")
  @ParameterizedTest
  @EnumSource
  void aSessionThatWorksIsNotParked(TargetKind kind) {
    Shell shell = stage.open(kind);
    Job job = shell.running("sleep 4; echo done");
    assertEquals("done\n", shell.end(job).with(0).text());
    assertTrue(
        shell.history().stream()
            .takeWhile(entry -> !entry.getWhat().equals("job-finished"))
            .noneMatch(entry -> entry.getWhat().equals("link-lost")));
    shell.remove();
  }

  @DisplayName("behaviour 8: when a parked session expires its far side is gone, and it says so")
  @Test
  void aParkedSessionWhoseIdleTimeIsOverSaysSoByItself() {
    for (Shell shell : stage.kinds().stream().map(ParkingTest::brief).toList()) {
      Session session = shell.await("it is found expired", ParkingTest::isExpired);
      assertEquals("expired", session.getFailure().getKind());
      shell.remove();
    }
  }

  @DisplayName(
      "behaviour 8: a session that expires while no node is there is found to have expired")
  @Test
  void whatExpiresWhileTheNodeIsAwayIsWrittenDownWhenItIsBack() throws Exception {
    var parked = new EnumMap<TargetKind, Session>(TargetKind.class);
    for (TargetKind kind : stage.kinds()) {
      Shell shell = brief(kind);
      parked.put(kind, shell.await("it is parked", ParkingTest::isParked));
    }
    stage.node().kill();
    try {
      parked.forEach(
          (kind, session) ->
              Eventually.holds(
                  "its far side ends itself", () -> !Files.exists(stage.farSide(kind, session))));
    } finally {
      stage.node().start();
    }
    for (Session session : parked.values()) {
      var shell = new Shell(stage, session.getId());
      shell.await("it is found expired", ParkingTest::isExpired);
      shell.remove();
    }
  }

  private static Shell brief(TargetKind kind) {
    return stage.open(
        CreateSessionRequest.newBuilder()
            .setTarget(stage.url(kind))
            .setIdleTimeout(Shell.seconds(2)));
  }

  private static boolean isParked(Session session) {
    return session.getState() == SessionState.DISCONNECTED && session.getReason().equals("parked");
  }

  private static boolean isExpired(Session session) {
    return session.getState() == SessionState.BROKEN;
  }
}
