package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.holdfast.cli.CommandLineRun;
import dev.holdfast.client.CopyTerms;
import dev.holdfast.client.CopyWatch;
import dev.holdfast.client.Endpoint;
import dev.holdfast.client.Holdfast;
import dev.holdfast.output.SmallDisk;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that are copied to sessions and back, on a real node that soon parks what nobody uses. */
class CopyTest {

  private static final CopyTerms PLAIN = new CopyTerms(false, false, CopyTerms.Links.KEEP, false);

  private static Stage stage;

  @BeforeAll
  static void set() throws IOException, InterruptedException {
    stage = Stage.set(Stage.Options.config("holdfast.session.park-after = 2 s"));
  }

  @AfterAll
  static void close() throws IOException {
    stage.close();
  }

  // ---- what is copied, and where to

  private static Path random(String name, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(stage.file(name), bytes);
  }

  private static Path directory(String name) throws IOException {
    return Files.createDirectory(stage.file(name));
  }

  private static CommandLineRun copy(String... words) {
    return start(words).ended();
  }

  private static Started start(String... words) {
    var all = new ArrayList<>(List.of("copy", "--output", "json"));
    all.addAll(List.of(words));
    return new Started(stage.holdfast().start(all.toArray(String[]::new)));
  }

  private record Started(CommandLineRun run) {
    CommandLineRun ended() {
      int unused = run.code();
      return run;
    }
  }

  private static String there(Shell shell, Path path) {
    return shell.id() + ":" + path;
  }

  private static List<JsonObject> results(CommandLineRun run) {
    return run.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
  }

  private static JsonObject result(CommandLineRun run) {
    var all = results(run);
    assertEquals(1, all.size(), () -> run.out() + run.err());
    return all.get(0);
  }

  private static JsonObject good(CommandLineRun run) {
    assertEquals(0, run.code(), run::err);
    return result(run);
  }

  /** The kind of the one failure there is, of the whole copy or of one file of it. */
  private static String kind(CommandLineRun run) {
    assertEquals(1, run.code(), () -> run.out() + run.err());
    var result = result(run);
    var failure =
        result.get("failure").isJsonNull()
            ? result.getAsJsonArray("troubles").get(0).getAsJsonObject().get("failure")
            : result.get("failure");
    var told = failure.getAsJsonObject();
    assertFalse(told.get("cause").getAsString().isEmpty());
    assertFalse(told.get("advice").getAsString().isEmpty());
    assertTrue(run.err().contains(told.get("advice").getAsString()), run::err);
    return told.get("kind").getAsString();
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.map(path -> directory.relativize(path).toString()).sorted().toList();
    }
  }

  private static boolean arrives(Path directory, long bytes) {
    try (Stream<Path> all = Files.list(directory)) {
      return all.anyMatch(path -> path.toFile().length() >= bytes);
    } catch (IOException e) {
      return false;
    }
  }

  // ---- the behaviour

  @DisplayName("behaviour 52: a file goes to a session and back, and its checksum is compared")
  @ParameterizedTest
  @EnumSource
  void aFileGoesThereAndBack(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = random("it's \"so\" $(x)", 3_000_017);
    Path to = directory("there");
    var up = good(copy(source.toString(), there(shell, to)));
    Path arrived = to.resolve(source.getFileName());
    assertArrayEquals(Files.readAllBytes(source), Files.readAllBytes(arrived));
    assertEquals(arrived.toString(), up.get("path").getAsString());
    assertEquals(3_000_017, up.get("bytes").getAsLong());
    assertEquals(64, up.get("sha256").getAsString().length());
    assertEquals(List.of("", arrived.getFileName().toString()), names(to), "no part is left");

    Path back = stage.file("back");
    var down = good(copy(there(shell, arrived), back.toString()));
    assertArrayEquals(Files.readAllBytes(source), Files.readAllBytes(back));
    assertEquals(up.get("sha256"), down.get("sha256"));

    Path empty = Files.createFile(stage.file("empty"));
    good(copy(empty.toString(), there(shell, to)));
    assertEquals(0, Files.size(to.resolve(empty.getFileName())));
    good(copy(there(shell, to.resolve(empty.getFileName())), stage.file("empty").toString()));
    shell.remove();
  }

  @DisplayName("behaviour 52: a file of 100 MB arrives whole both ways")
  @ParameterizedTest
  @EnumSource
  void aLargeFileArrivesWhole(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = random("large", 100_000_000);
    Path there = stage.file("large-there");
    var up = good(copy(source.toString(), there(shell, there)));
    assertEquals(-1, Files.mismatch(source, there));
    Path back = stage.file("large-back");
    assertEquals(up.get("sha256"), good(copy(there(shell, there), back.toString())).get("sha256"));
    assertEquals(-1, Files.mismatch(source, back));
    for (Path file : List.of(source, there, back)) {
      Files.delete(file);
    }
    shell.remove();
  }

  @DisplayName("behaviour 52: directories keep their modes, times and links, there and back")
  @ParameterizedTest
  @EnumSource
  void aDirectoryGoesThereAndBack(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = directory("tree");
    Path deep = Files.createDirectories(source.resolve("a/b c/ü"));
    Files.writeString(deep.resolve("run.sh"), "echo hi\n");
    Files.setPosixFilePermissions(
        deep.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-x---"));
    Files.setPosixFilePermissions(
        source.resolve("a"), PosixFilePermissions.fromString("rwx------"));
    Files.createDirectory(source.resolve("empty"));
    Files.createSymbolicLink(source.resolve("link"), Path.of("a/b c"));
    FileTime then = FileTime.from(Instant.ofEpochSecond(1_234_567_890));
    Files.setLastModifiedTime(deep.resolve("run.sh"), then);
    Files.setLastModifiedTime(deep, then);

    assertEquals("is-directory", kind(copy(source.toString(), there(shell, stage.file("x")))));
    Path there = stage.file("tree-there");
    var up = good(copy("-r", "-p", source.toString(), there(shell, there)));
    assertEquals(1, up.get("files").getAsLong());
    Path back = directory("tree-back");
    good(copy("--recursive", "--preserve", there(shell, there), back.toString()));
    for (Path copy : List.of(there, back.resolve(there.getFileName()))) {
      assertEquals(names(source), names(copy));
      Path script = copy.resolve("a/b c/ü/run.sh");
      assertEquals(
          "rwxr-x---", PosixFilePermissions.toString(Files.getPosixFilePermissions(script)));
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(copy.resolve("a"))));
      assertEquals(then, Files.getLastModifiedTime(script));
      assertEquals(then, Files.getLastModifiedTime(script.getParent()));
      assertEquals(Path.of("a/b c"), Files.readSymbolicLink(copy.resolve("link")));
    }

    Path followed = stage.file("followed");
    good(copy("-r", "--links", "follow", source.toString(), there(shell, followed)));
    assertTrue(Files.isRegularFile(followed.resolve("link/ü/run.sh")));
    assertFalse(Files.isSymbolicLink(followed.resolve("link")));
    Files.createSymbolicLink(source.resolve("a/loop"), Path.of("../a"));
    for (String[] words :
        new String[][] {
          {source.toString(), there(shell, stage.file("loops"))},
          {there(shell, source), stage.file("loops").toString()}
        }) {
      assertEquals("link-loop", kind(copy("-r", "--links", "follow", words[0], words[1])));
    }
    Path skipped = stage.file("skipped");
    var without = good(copy("-r", "--links", "skip", there(shell, there), skipped.toString()));
    assertEquals(1, without.get("skipped").getAsLong());
    assertFalse(Files.exists(skipped.resolve("link")));
    shell.remove();
  }

  @DisplayName("behaviour 52: a copy goes on after kill -9 of the node, from where it was")
  @ParameterizedTest
  @EnumSource
  void aCopyOutlivesTheNode(TargetKind kind) throws Exception {
    Shell shell = stage.open(kind);
    Path source = random("killed", 4_000_000);
    Path there = directory("killed-there");
    Path back = directory("killed-back");
    var up = start("--limit", "2M", source.toString(), there(shell, there));
    var down = start("--limit", "2M", there(shell, source), back.toString());
    Eventually.holds("some of it is there", () -> arrives(there, 1_000_000));
    Eventually.holds("some of it is here", () -> arrives(back, 1_000_000));
    stage.node().kill();
    stage.node().start();
    for (Started copy : List.of(up, down)) {
      assertTrue(good(copy.ended()).get("bytes").getAsLong() < 5_500_000);
    }
    assertEquals(-1, Files.mismatch(source, there.resolve(source.getFileName())));
    assertEquals(-1, Files.mismatch(source, back.resolve(source.getFileName())));
    shell.remove();
  }

  @DisplayName("behaviour 52: a copy goes on after its link was cut, from where it was")
  @ParameterizedTest
  @EnumSource
  void aCopyOutlivesTheLink(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = random("cut", 4_000_000);
    Path there = directory("cut-there");
    var run = start("--limit", "2M", source.toString(), there(shell, there));
    Eventually.holds("some of it is there", () -> arrives(there, 1_000_000));
    stage.cut(kind);
    assertTrue(good(run.ended()).get("bytes").getAsLong() < 5_500_000);
    assertEquals(-1, Files.mismatch(source, there.resolve(source.getFileName())));
    shell.remove();
  }

  @DisplayName("behaviour 52: when the client is gone, another one goes on from where it was")
  @ParameterizedTest
  @EnumSource
  void aCopyOutlivesTheClient(TargetKind kind) throws Exception {
    Shell shell = stage.open(kind);
    Path source = random("left", 5_000_000);
    Path there = stage.file("left-there");
    var endpoint =
        Endpoint.of(
            Files.readString(stage.data().resolve("endpoint")).strip(),
            Files.readString(stage.data().resolve("token")).strip());
    var half = new CompletableFuture<Long>();
    var killed = new IllegalStateException("the client is killed");
    CopyWatch leaves =
        new CopyWatch() {
          private long moved;

          @Override
          public void moved(long bytes, boolean before) {
            moved += bytes;
            if (moved > 2_000_000) {
              half.complete(moved);
              throw killed;
            }
          }
        };
    try (var client = new Holdfast(endpoint)) {
      assertThrows(
          IllegalStateException.class,
          () -> client.upload(source, shell.id(), there.toString(), PLAIN, leaves));
    }
    assertFalse(Files.exists(there), "it has no name before it is whole");
    var rest = good(copy(source.toString(), there(shell, there)));
    assertEquals(half.join(), rest.get("resumed").getAsLong(), rest::toString);
    assertEquals(5_000_000, rest.get("resumed").getAsLong() + rest.get("bytes").getAsLong());
    assertEquals(-1, Files.mismatch(source, there));
    shell.remove();
  }

  @DisplayName("behaviour 52: what is there is replaced only by force, and the same is left alone")
  @ParameterizedTest
  @EnumSource
  void whatIsThereIsReplacedOnlyByForce(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = Files.writeString(stage.file("new"), "new\n");
    Path there = Files.writeString(stage.file("there"), "old\n");
    Files.setPosixFilePermissions(there, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals("file-exists", kind(copy(source.toString(), there(shell, there))));
    assertEquals("file-exists", kind(copy(there(shell, there), source.toString())));
    assertEquals("old\n", Files.readString(there));
    good(copy("--force", source.toString(), there(shell, there)));
    assertEquals("new\n", Files.readString(there));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(there)));
    var again = good(copy(source.toString(), there(shell, there)));
    assertEquals(1, again.get("unchanged").getAsLong());
    assertEquals(0, again.get("bytes").getAsLong());
    assertEquals(
        1, good(copy(there(shell, there), source.toString())).get("unchanged").getAsLong());

    Path directory = directory("in-the-way");
    Files.createDirectory(directory.resolve(source.getFileName()));
    assertEquals("is-directory", kind(copy("--force", source.toString(), there(shell, directory))));
    assertEquals("not-directory", kind(copy(source.toString(), there(shell, there) + "/")));
    assertEquals("no-such-file", kind(copy(source.toString(), there(shell, directory) + "/no/")));
    assertEquals("no-such-file", kind(copy(there(shell, directory.resolve("no")), "x")));
    assertEquals("no-such-file", kind(copy(stage.file("no").toString(), there(shell, directory))));
    shell.remove();
  }

  @DisplayName("behaviour 52: unsafe names and links lead no write elsewhere, and spoil nothing")
  @ParameterizedTest
  @EnumSource
  void unsafeNamesAreRefused(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = Files.writeString(stage.file("good"), "good\n");
    for (String path : List.of("../x", "/tmp/../x", "a/../../x", "a\nb", "a\u001b[2Jb")) {
      assertEquals("unsafe-name", kind(copy(source.toString(), shell.id() + ":" + path)), path);
      assertEquals("unsafe-name", kind(copy(shell.id() + ":" + path, source.toString())), path);
    }

    Path tree = directory("unsafe");
    Files.writeString(tree.resolve("good"), "good\n");
    Files.writeString(tree.resolve("bad\nname"), "bad\n");
    Path there = stage.file("unsafe-there");
    assertEquals("unsafe-name", kind(copy("-r", tree.toString(), there(shell, there))));
    assertEquals(List.of("", "good"), names(there));
    Files.createSymbolicLink(tree.resolve("out"), Path.of("../../outside"));
    Files.createSymbolicLink(tree.resolve("root"), Path.of("/etc"));
    Path back = stage.file("unsafe-back");
    var down = copy("-r", there(shell, tree), back.toString());
    assertEquals(1, down.code());
    assertEquals(3, result(down).get("failed").getAsLong(), down::out);
    assertTrue(down.out().contains("unsafe-name") && down.out().contains("unsafe-link"), down::out);
    assertEquals(List.of("", "good"), names(back));

    Path outside = directory("outside");
    Path from = directory("from");
    Files.createDirectory(from.resolve("sub"));
    Files.writeString(from.resolve("sub/file"), "caught\n");
    for (boolean up : List.of(true, false)) {
      Path trap = directory("trap");
      Files.createSymbolicLink(trap.resolve("sub"), outside);
      String[] words =
          up
              ? new String[] {"-r", "--force", from + "/.", there(shell, trap)}
              : new String[] {"-r", "--force", there(shell, from), trap.toString()};
      Path inside = Files.createDirectories(trap.resolve(from.getFileName()));
      Files.createSymbolicLink(inside.resolve("sub"), outside);
      assertEquals("unsafe-link", kind(copy(words)));
      assertEquals(List.of(""), names(outside));
    }
    shell.remove();
  }

  @DisplayName("behaviours 37, 52: a full disk is told, and what is there stays as it is")
  @ParameterizedTest
  @EnumSource
  void aFullDiskIsTold(TargetKind kind) throws Exception {
    Shell shell = stage.open(kind);
    Path source = random("too-large", 1_500_000);
    try (var disk = SmallDisk.of(1024)) {
      Path there = Files.writeString(disk.directory().resolve("there"), "as it was\n");
      assertEquals("no-space", kind(copy("--force", source.toString(), there(shell, there))));
      assertEquals("as it was\n", Files.readString(there));
      Path here = disk.directory().resolve("here");
      assertEquals("no-space", kind(copy(there(shell, source), here.toString())));
      disk.enlarge(8 * 1024);
      assertTrue(
          good(copy("--force", source.toString(), there(shell, there))).get("resumed").getAsLong()
              > 0);
      assertEquals(-1, Files.mismatch(source, there));
    }
    shell.remove();
  }

  @DisplayName("behaviour 52: a relative path on a target begins in the account's home")
  @ParameterizedTest
  @EnumSource
  void aRelativePathBeginsInTheHome(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = Files.writeString(stage.file("home"), "home\n");
    String name = source.getFileName() + "-" + shell.id();
    var up = good(copy(source.toString(), shell.id() + ":" + name));
    Path arrived = Path.of(up.get("path").getAsString());
    assertTrue(arrived.isAbsolute());
    assertEquals("home\n", Files.readString(arrived));
    good(copy(shell.id() + ":~/" + name, stage.file("home").toString()));
    Files.delete(arrived);
    shell.remove();
  }

  @DisplayName(
      "behaviour 52: a source that changes or vanishes is told, and not put into its place")
  @ParameterizedTest
  @EnumSource
  void aSourceThatChangesIsTold(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path grows = random("grows", 1_500_000);
    Path goes = random("goes", 1_500_001);
    Path there = directory("changing");
    var first = start("--limit", "2M", grows.toString(), there(shell, there));
    Eventually.holds("some of it is there", () -> arrives(there, 500_000));
    Files.write(grows, new byte[10], java.nio.file.StandardOpenOption.APPEND);
    assertEquals("source-changed", kind(first.ended()));
    var second = start("--limit", "2M", goes.toString(), there(shell, there));
    Eventually.holds("some of it is there", () -> arrives(there, 500_000));
    Files.delete(goes);
    assertEquals("source-gone", kind(second.ended()));
    assertEquals(List.of(""), names(there));

    Path back = directory("changing-back");
    var down = start("--limit", "2M", there(shell, grows), back.toString());
    Eventually.holds("some of it is here", () -> arrives(back, 500_000));
    Files.write(grows, new byte[10], java.nio.file.StandardOpenOption.APPEND);
    assertEquals("source-changed", kind(down.ended()));
    assertEquals(List.of(""), names(back));
    shell.remove();
  }

  @DisplayName("behaviours 3, 52: one file goes to many sessions, and a bad one spoils nothing")
  @org.junit.jupiter.api.Test
  void oneFileGoesToManySessions() throws IOException {
    var opened = new ArrayList<Shell>();
    for (TargetKind kind : stage.kinds()) {
      opened.add(
          stage.open(
              CreateSessionRequest.newBuilder()
                  .setTarget(stage.url(kind))
                  .putLabels("copy", "many")));
    }
    Shell bad = opened.get(1);
    stage.reboot(TargetKind.FIXTURE);
    var unused = bad.disconnect();
    assertThrows(RuntimeException.class, bad::connect);
    bad.await("it is Broken", session -> session.getState() == SessionState.BROKEN);
    Path source = Files.writeString(stage.file("many"), "many\n");
    Path there = stage.file("many-there");
    var run = copy("--throttle", "1", source.toString(), "label:copy=many:" + there);
    assertEquals(1, run.code());
    var results = results(run);
    assertEquals(opened.size(), results.size());
    for (JsonObject result : results) {
      boolean isBad = result.get("session").getAsString().equals(bad.id());
      assertEquals(isBad, !result.get("failure").isJsonNull(), result::toString);
      if (isBad) {
        var failure = result.getAsJsonObject("failure");
        assertEquals("broken", failure.get("kind").getAsString());
        assertTrue(failure.get("cause").getAsString().contains("Broken"));
      }
    }
    assertEquals("many\n", Files.readString(there));
    var named = copy("--to", opened.get(0).id(), "--to", bad.id(), source.toString(), there + "2");
    assertEquals(2, results(named).size());
    opened.forEach(Shell::remove);
    Shell closed = opened.get(0);
    assertEquals("closed", kind(copy(source.toString(), there(closed, there))));
  }

  @DisplayName("behaviours 50, 52: who copied what, and what came of it, is in the history")
  @ParameterizedTest
  @EnumSource
  void everyCopyIsInTheHistory(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = Files.writeString(stage.file("told"), "told\n");
    Path there = stage.file("told-there");
    good(copy(source.toString(), there(shell, there)));
    good(copy(there(shell, there), stage.file("told-back").toString()));
    assertEquals("no-such-file", kind(copy(there(shell, stage.file("no")), "x")));
    List<HistoryEntry> copies =
        shell.history().stream().filter(entry -> entry.getWhat().startsWith("copy-")).toList();
    assertEquals(
        List.of("copy-begun", "copy-ended", "copy-begun", "copy-ended", "copy-begun", "copy-ended"),
        copies.stream().map(HistoryEntry::getWhat).toList());
    assertEquals("to " + there + ": 1 file, 5 bytes", copies.get(1).getDetail());
    assertEquals("from " + there + ": 1 file, 5 bytes", copies.get(3).getDetail());
    assertTrue(copies.get(5).getDetail().contains("(no-such-file)"), copies::toString);
    for (HistoryEntry entry : copies) {
      assertFalse(entry.getWho().isEmpty());
      assertEquals("127.0.0.1", entry.getFrom());
    }
    shell.remove();
  }

  @DisplayName("behaviours 8, 52: a session that is copied to is not parked; a parked one stays so")
  @ParameterizedTest
  @EnumSource
  void aCopyIsUseOfTheSession(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = random("slow", 2_400_000);
    good(copy("--limit", "700K", source.toString(), there(shell, stage.file("slow-there"))));
    assertTrue(
        shell.history().stream()
            .takeWhile(entry -> !entry.getWhat().equals("copy-ended"))
            .noneMatch(entry -> entry.getWhat().equals("link-lost")));
    shell.await("it is parked", CopyTest::isParked);
    Path little = Files.writeString(stage.file("little"), "little\n");
    good(copy(little.toString(), there(shell, stage.file("little-there"))));
    assertTrue(isParked(shell.show()));
    shell.remove();
  }

  private static boolean isParked(Session session) {
    return session.getState() == SessionState.DISCONNECTED && session.getReason().equals("parked");
  }

  @DisplayName("behaviour 52: how far, how fast and how long is shown to who watches")
  @ParameterizedTest
  @EnumSource
  void progressIsShown(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path source = random("watched", 2_000_000);
    var run =
        stage
            .holdfast()
            .onTerminal(100)
            .run("copy", "--limit", "2M", source.toString(), there(shell, stage.file("watched")));
    assertEquals(0, run.code(), run::err);
    assertTrue(
        run.err().matches("(?s).*of 1\\.9 MiB, \\d+ %, [0-9.]+ [KM]iB/s, 1s left.*"), run::err);
    assertTrue(run.err().endsWith("\r\u001b[K"), run::err);
    shell.remove();
  }

  @DisplayName("behaviour 52: the calls of a copy are JSON over HTTP as well, and safe to repeat")
  @ParameterizedTest
  @EnumSource
  void theCallsAreJson(TargetKind kind) throws Exception {
    Shell shell = stage.open(kind);
    Path there = directory("json");
    String copy =
        "\"copy\":{\"session\":\"%s\",\"key\":\"json\",\"up\":true,\"root\":\"%s\"}"
            .formatted(shell.id(), there);
    for (int repeated = 0; repeated < 2; repeated++) {
      var written = post("write", "{%s,\"path\":\"f\",\"version\":\"1\",\"data\":\"aGkK\"}", copy);
      assertEquals("3", written.get("next").getAsString());
    }
    var statted = post("stat", "{%s,\"path\":\"f\",\"version\":\"1\"}", copy);
    assertEquals("NOTHING", statted.get("type").getAsString());
    assertEquals("3", statted.get("partSize").getAsString());
    String sum = "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4";
    for (int repeated = 0; repeated < 2; repeated++) {
      var finished =
          post(
              "finish",
              "{%s,\"path\":\"f\",\"version\":\"1\",\"size\":3,\"sha256\":\""
                  + sum
                  + "\",\"mode\":384}",
              copy);
      assertEquals("FILE", finished.get("type").getAsString());
    }
    assertEquals("hi\n", Files.readString(there.resolve("f")));
    assertEquals("aGkK", post("read", "{%s,\"path\":\"f\"}", copy).get("data").getAsString());
    for (int repeated = 0; repeated < 2; repeated++) {
      assertEquals("9", post("end", "{%s}", copy).get("bytes").getAsString());
    }
    shell.remove();
  }

  private static JsonObject post(String call, String body, String copy) throws Exception {
    String endpoint = Files.readString(stage.data().resolve("endpoint")).strip();
    var request =
        HttpRequest.newBuilder(URI.create(endpoint + "/v1/files:" + call))
            .header(
                "authorization",
                "Bearer " + Files.readString(stage.data().resolve("token")).strip())
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.formatted(copy)))
            .build();
    var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer::body);
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }
}
