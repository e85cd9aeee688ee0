package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.fixture.SshHost;
import dev.holdfast.output.SmallDisk;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A target that lacks what a session needs. */
class HardshipTest {

  private static final List<String> MAKE_SESSIONS = List.of("setsid", "perl", "python3");

  @DisplayName(
      "behaviour 37: the target's disk is full: a typed answer, never an invented exit code")
  @Test
  void aFullDiskInventsNothing() throws IOException, InterruptedException {
    try (var disk = SmallDisk.of(4096);
        var stage =
            Stage.set(new Stage.Options("", List.of(), Map.of(), Optional.of(disk.directory())))) {
      Map<TargetKind, Shell> shells = new HashMap<>();
      stage.kinds().forEach(kind -> shells.put(kind, stage.open(kind)));
      shells.values().forEach(shell -> shell.run("kept=yes").with(0));
      Path ballast = disk.fill();
      for (TargetKind kind : stage.kinds()) {
        Ended ended = shells.get(kind).run("(exit 9)");
        if (ended.job().hasExitCode()) {
          ended.with(9);
        } else {
          assertEquals("no-space", ended.job().getFailure().getKind(), ended::toString);
        }
        var refusal =
            stage.refusal(
                stubs ->
                    stubs
                        .sessions()
                        .createSession(
                            CreateSessionRequest.newBuilder()
                                .setTarget(stage.url(kind))
                                .setConnectTimeout(Shell.seconds(20))
                                .build()));
        assertEquals("no-space", refusal.getKind(), refusal::toString);
      }
      Files.delete(ballast);
      for (Shell shell : shells.values()) {
        shell.await("it is up", now -> now.getState() == SessionState.OPENED);
        assertEquals("yes\n", shell.run("echo $kept").with(0).text());
        shell.remove();
      }
    }
  }

  @DisplayName(
      "behaviour 37: setsid, and whatever could stand in for it, is missing: a typed answer")
  @Test
  @ExtendWith(SharedStage.class)
  void aTargetWithoutSetsidIsUnfit(Stage stage) throws IOException {
    Path tools = Files.createDirectory(stage.file("tools"));
    for (String directory : List.of("/usr/bin", "/bin")) {
      try (var all = Files.list(Path.of(directory))) {
        for (Path tool : all.toList()) {
          Path link = tools.resolve(tool.getFileName());
          if (!MAKE_SESSIONS.contains(link.getFileName().toString()) && Files.notExists(link)) {
            Files.createSymbolicLink(link, tool);
          }
        }
      }
    }
    try (var poor = SshHost.start(Map.of("PATH", tools.toString()))) {
      stage.introduce(poor);
      var refusal =
          stage.refusal(
              stubs ->
                  stubs
                      .sessions()
                      .createSession(
                          CreateSessionRequest.newBuilder()
                              .setTarget(poor.target().toString())
                              .build()));
      assertEquals("target-unfit", refusal.getKind());
      assertTrue(refusal.getCause().contains("setsid"), refusal.getCause());
    }
  }
}
