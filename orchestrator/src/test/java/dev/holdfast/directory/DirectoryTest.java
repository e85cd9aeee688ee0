package dev.holdfast.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.journal.Snapshots;
import dev.holdfast.protocol.journal.v1.Outcome;
import dev.holdfast.session.Event;
import dev.holdfast.session.Job;
import dev.holdfast.session.New;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Session;
import dev.holdfast.session.Terms;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DirectoryTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Directory directory = new Directory(1000, Clock.systemUTC());

  @Property(tries = 200)
  void pagingShowsEverySessionOnceNewestFirst(
      @ForAll @Size(max = 60) List<@IntRange(max = 20) Integer> ages,
      @ForAll @IntRange(min = 1, max = 25) int size) {
    var all = new Directory(1000, Clock.systemUTC());
    for (int i = 0; i < ages.size(); i++) {
      all.changed(opened(id(i), "n" + i, "ops", ages.get(i)));
    }
    List<String> seen = new ArrayList<>();
    Query query = Query.all("ops", size);
    while (true) {
      Page page = all.list(query);
      assertEquals(ages.size(), page.total());
      page.sessions().forEach(session -> seen.add(session.core().id()));
      if (page.next().isEmpty()) {
        break;
      }
      // What is newer than the page is not its business.
      all.changed(opened("new" + seen.size(), "new", "other", 100));
      query = query.after(Cursor.of(page.next().get().token()).orElseThrow());
    }
    List<String> expected =
        java.util.stream.IntStream.range(0, ages.size())
            .boxed()
            .sorted(
                Comparator.comparing((Integer i) -> -ages.get(i)).thenComparing(DirectoryTest::id))
            .map(DirectoryTest::id)
            .toList();
    assertEquals(expected, seen);
  }

  @Property(tries = 300)
  void aGlobFitsWhatItsRegularExpressionFits(
      @ForAll @Size(max = 6) List<@IntRange(max = 3) Integer> pattern,
      @ForAll @Size(max = 6) List<@IntRange(max = 1) Integer> letters) {
    String glob = spelled(pattern, "ab*?");
    String name = spelled(letters, "ab");
    assertEquals(
        name.matches(glob.replace("*", ".*").replace("?", ".")), new Query.Glob(glob).fits(name));
  }

  @Test
  @DisplayName("behaviour 48: another tenant's session is not found")
  void anotherTenantsSessionIsNotFound() {
    directory.changed(opened("aaaabbbbcccc", "web", "ops", 1));
    for (String text : List.of("aaaabbbbcccc", "aaaa", "web", "label:app=x")) {
      assertInstanceOf(Found.None.class, directory.find("dev", Selector.parse(text)), text);
      assertInstanceOf(Found.One.class, directory.find("ops", Selector.parse(text)), text);
    }
    assertEquals(0, directory.list(Query.all("dev", 10)).total());
  }

  @Test
  void aNameOrBeginningThatFitsTwoIsAmbiguous() {
    directory.changed(opened("aaaabbbbcccc", "web", "ops", 1));
    directory.changed(opened("aaaabbbbdddd", "web", "ops", 2));
    assertInstanceOf(Found.Many.class, directory.find("ops", Selector.parse("web")));
    assertInstanceOf(Found.Many.class, directory.find("ops", Selector.parse("aaaabbbb")));
    assertInstanceOf(Found.One.class, directory.find("ops", Selector.parse("aaaabbbbd")));
    assertInstanceOf(Found.None.class, directory.find("ops", Selector.parse("aaa")));
  }

  @Test
  void aLivingSessionGoesBeforeAClosedOneOfItsName() {
    directory.changed(closed(opened("aaaabbbbcccc", "web", "ops", 1)));
    assertInstanceOf(Found.One.class, directory.find("ops", Selector.parse("web")));
    directory.changed(opened("ddddeeeeffff", "web", "ops", 2));
    var found = assertInstanceOf(Found.One.class, directory.find("ops", Selector.parse("web")));
    assertEquals("ddddeeeeffff", found.session().core().id());
  }

  @Test
  void filtersHoldTogether() {
    directory.changed(opened("aaaabbbbcccc", "web-1", "ops", 1));
    directory.changed(closed(opened("aaaabbbbdddd", "web-2", "ops", 2)));
    assertEquals(1, count(Set.of(State.OPENED), "web-?", "h1", Map.of("app", Optional.of("x"))));
    assertEquals(
        1, count(Set.of(State.CLOSED), "*", "ssh://u@h1:22", Map.of("app", Optional.empty())));
    assertEquals(0, count(Set.of(), "*", "h2", Map.of()));
    assertEquals(0, count(Set.of(), "*", "h1", Map.of("app", Optional.of("y"))));
  }

  @Test
  void onlySoManyClosedSessionsAreKept() {
    var small = new Directory(3, Clock.systemUTC());
    for (int i = 0; i < 10; i++) {
      small.changed(closed(opened(id(i), "n", "ops", i)));
    }
    assertEquals(
        List.of(id(9), id(8), id(7)),
        small.list(Query.all("ops", 10)).sessions().stream().map(s -> s.core().id()).toList());
  }

  @Test
  void watchersHearOfTheirSessionUntilTheyLeave() {
    var heard = new CopyOnWriteArrayList<Session>();
    Directory.Watch watch = directory.watch("aaaabbbbcccc", heard::add);
    directory.changed(opened("aaaabbbbcccc", "web", "ops", 1));
    directory.changed(opened("ddddeeeeffff", "web", "ops", 1));
    watch.close();
    directory.changed(opened("aaaabbbbcccc", "web", "ops", 1));
    assertEquals(1, heard.size());
  }

  @Test
  void whatAnotherNodeTellsIsShownAndAnOldOwnerIsNotListenedTo() {
    directory.isOn("here");
    Session first = opened("aaaabbbbcccc", "web", "ops", 1);
    assertTrue(directory.learn(Snapshots.forOthers(first, 20), "there"));
    assertEquals(1, directory.count("there").live());
    assertEquals(List.of(), directory.kept());

    // The other node died; its session has been taken over by this one.
    directory.changed(at(first, 7));
    assertEquals(1, directory.count("here").live());
    assertEquals(0, directory.count("there").live());
    assertEquals(1, directory.takeChanged().size());
    assertEquals(List.of(), directory.takeChanged());

    // It was not dead, and still talks, with what it knew.
    assertFalse(directory.learn(Snapshots.forOthers(first, 20), "there"));
    assertFalse(directory.learn(Snapshots.forOthers(at(first, 7), 20), "there"));
    assertEquals(1, directory.kept().size());

    // A third one takes it over.
    directory.left("aaaabbbbcccc");
    assertTrue(directory.learn(Snapshots.forOthers(at(first, 7), 20), "third"));
    assertEquals(1, directory.count("third").live());
    assertEquals(List.of(), directory.kept());
  }

  @Test
  void endedJobsThatWereNotToldAgainAreKeptUpToTheSessionsBound() {
    var heard = new CopyOnWriteArrayList<Session>();
    directory.watch("aaaabbbbcccc", heard::add);
    Session one = withJobs(opened("aaaabbbbcccc", "web", "ops", 1), 30);
    Session two = withJobs(opened("aaaabbbbcccc", "web", "ops", 1), 32);
    directory.learn(Snapshots.forOthers(one, 1_000), "there");
    directory.learn(Snapshots.forOthers(two, 5), "there");
    Session seen = heard.get(1);
    assertEquals(
        IntStream.rangeClosed(23, 32).boxed().toList(),
        seen.jobs().ended().stream().map(Job::number).toList());
    assertEquals("", seen.jobs().ended().get(9).request().script());
    assertEquals("label 32", seen.jobs().ended().get(9).request().label());
  }

  private static Session at(Session session, long epoch) {
    var record = Snapshots.write(session).toBuilder();
    record.getCoreBuilder().setEpoch(epoch);
    return Snapshots.read(record.build());
  }

  private static Session withJobs(Session session, int count) {
    var record = Snapshots.write(session).toBuilder();
    for (int i = 1; i <= count; i++) {
      var job = dev.holdfast.protocol.journal.v1.Job.newBuilder().setNumber(i);
      job.getRequestBuilder().setLabel("label " + i).setScript("true").setKey("k" + i);
      job.getOutcomeBuilder().setKind(Outcome.Kind.SUCCEEDED).setExitCode(0);
      record.getCoreBuilder().addEnded(job).setLastJob(i);
    }
    return Snapshots.read(record.build());
  }

  @Test
  @DisplayName("behaviour 11: a hundred thousand sessions page fast")
  void aHundredThousandSessionsPageFast() {
    for (int i = 0; i < 100_000; i++) {
      directory.changed(opened("%012d".formatted(i), "n" + i, "ops", i));
    }
    long began = System.nanoTime();
    int pages = 0;
    Query query = Query.all("ops", 1000);
    Optional<Cursor> next;
    do {
      next = directory.list(query).next();
      pages++;
      query = next.map(query::after).orElse(query);
    } while (next.isPresent());
    long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
    System.out.println("100,000 sessions in " + pages + " pages: " + millis + " ms");
    assertEquals(100, pages);
    assertTrue(millis < 60_000, millis + " ms");
  }

  private int count(
      Set<State> states, String name, String target, Map<String, Optional<String>> labels) {
    return directory
        .list(
            new Query(
                "ops",
                states,
                Optional.of(target),
                Optional.of(new Query.Glob(name)),
                labels,
                Optional.empty(),
                Optional.empty(),
                10))
        .total();
  }

  private static String spelled(List<Integer> letters, String alphabet) {
    var text = new StringBuilder();
    letters.forEach(i -> text.append(alphabet.charAt(i)));
    return text.toString();
  }

  private static String id(int number) {
    return "%012d".formatted(number);
  }

  private static Session opened(String id, String name, String tenant, int age) {
    var terms =
        new Terms(
            name,
            "ssh://u@h1:22",
            "sh",
            Map.of("app", "x"),
            Duration.ofHours(1),
            Duration.ofSeconds(30),
            10,
            1000,
            10,
            "",
            Duration.ZERO);
    Instant at = START.plusSeconds(age);
    Session opening =
        new Event.Requested(id, terms, new Origin("ann", tenant, "")).evolve(new New(), at);
    return new Event.LinkOpened("boot", 1).evolve(opening, at);
  }

  private static Session closed(Session session) {
    return new Event.SessionClosed(Optional.empty())
        .evolve(session, session.core().createdAt().plusSeconds(1));
  }
}
