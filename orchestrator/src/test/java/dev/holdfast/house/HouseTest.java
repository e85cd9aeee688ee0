package dev.holdfast.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import dev.holdfast.house.CrookedHouse.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rules of the house, held by every class of protocol, session-actor and orchestrator.
 *
 * <p>A rule that cannot fail is worth nothing, so each is tried on a house in which it is broken.
 */
class HouseTest {

  private static final JavaClasses MAIN_AND_TESTS =
      new ClassFileImporter().importPackages("dev.holdfast");
  private static final JavaClasses MAIN =
      new ClassFileImporter().withImportOption(HouseTest::isMain).importPackages("dev.holdfast");

  @TestFactory
  Stream<DynamicTest> importsRunOneWay() {
    return hold(new Imports("dev.holdfast").rules(), MAIN);
  }

  @TestFactory
  Stream<DynamicTest> habitsAreKept() {
    return hold(new Habits("dev.holdfast").rules(), MAIN_AND_TESTS);
  }

  @Test
  void theClassesOfAllModulesAreLookedAt() {
    for (var name :
        List.of("protocol.v1.Failure", "client.Holdfast", "transport.Target", "cli.Main")) {
      assertTrue(MAIN.contain("dev.holdfast." + name), name);
    }
    assertTrue(MAIN_AND_TESTS.contain(HouseTest.class));
    assertFalse(MAIN.contain(HouseTest.class));
  }

  @TestFactory
  Stream<DynamicTest> anImportAgainstTheDirectionIsFound(@TempDir Path directory) {
    return find(
        directory,
        new Imports("crooked").rules(),
        Map.ofEntries(
            Map.entry(knows("protocol", "crooked.session.Here"), Set.of("protocol")),
            Map.entry(
                knows("session", "crooked.protocol.Here"),
                Set.of("session", "session: from outside")),
            Map.entry(knows("session", "org.slf4j.Logger"), Set.of("session: from outside")),
            Map.entry(knows("client", "crooked.cli.Here"), Set.of("client")),
            Map.entry(knows("client", "org.slf4j.Logger"), Set.of("client: from outside")),
            Map.entry(knows("transport.ssh", "crooked.session.Here"), Set.of("transport")),
            Map.entry(knows("output", "crooked.actor.Here"), Set.of("output")),
            Map.entry(knows("host", "crooked.journal.Here"), Set.of("host")),
            Map.entry(knows("journal", "crooked.output.Here"), Set.of("journal")),
            Map.entry(knows("actor", "crooked.pool.Here"), Set.of("actor")),
            Map.entry(knows("campaign", "crooked.pool.Here"), Set.of("campaign")),
            Map.entry(knows("pool", "crooked.directory.Here"), Set.of("pool")),
            Map.entry(knows("directory", "crooked.security.Here"), Set.of("directory")),
            Map.entry(knows("security", "crooked.api.Here"), Set.of("security")),
            Map.entry(knows("api", "crooked.console.Here"), Set.of("api")),
            Map.entry(knows("console", "crooked.node.Here"), Set.of("console")),
            Map.entry(knows("node", "crooked.cli.Here"), Set.of("node")),
            Map.entry(knows("demo", "crooked.cli.Here"), Set.of("demo")),
            Map.entry(knows("cli", "crooked.actor.Here"), Set.of("cli")),
            Map.entry(knows("cli", "org.slf4j.Logger"), Set.of("cli: from outside")),
            Map.entry(knows("common", "java.util.List"), Set.of("packages"))));
  }

  @TestFactory
  Stream<DynamicTest> anImportInTheDirectionIsLetIn(@TempDir Path directory) {
    return find(
        directory,
        new Imports("crooked").rules(),
        Map.of(
            knows("session", "java.time.Instant"), Set.of(),
            knows("journal", "crooked.session.Here"), Set.of(),
            knows("host", "crooked.transport.Here"), Set.of(),
            knows("actor", "crooked.host.Here"), Set.of(),
            knows("cli", "crooked.protocol.Here"), Set.of(),
            knows("cli", "crooked.client.Here"), Set.of(),
            knows("cli", "picocli.CommandLine"), Set.of(),
            source("cli", "Main", "class Main { crooked.node.Here node; }"), Set.of()));
  }

  @TestFactory
  Stream<DynamicTest> aBadHabitIsFound(@TempDir Path directory) {
    return find(
        directory,
        new Habits("crooked").rules(),
        Map.ofEntries(
            Map.entry(named("SessionManager"), Set.of("names")),
            Map.entry(named("AbstractThing"), Set.of("names")),
            Map.entry(named("SshHelper"), Set.of("names")),
            Map.entry(named("Utils"), Set.of("names")),
            Map.entry(named("StringUtil"), Set.of("names")),
            Map.entry(named("LinkImpl"), Set.of("names")),
            Map.entry(named("ActorBase"), Set.of("names")),
            Map.entry(named("JobProcessor"), Set.of("names")),
            Map.entry(named("Abstraction"), Set.of()),
            Map.entry(named("Database"), Set.of()),
            Map.entry(does("Sleeps", "Thread.sleep(1);"), Set.of("sleep")),
            Map.entry(does("SleepsLong", "Thread.sleep(1, 1);"), Set.of("sleep")),
            Map.entry(
                does("SleepsInUnits", "java.util.concurrent.TimeUnit.DAYS.sleep(1);"),
                Set.of("sleep")),
            Map.entry(does("SleepsByReference", "Nap nap = Thread::sleep;"), Set.of("sleep")),
            Map.entry(
                source("actor", "Kept", "class Kept implements java.io.Serializable {}"),
                Set.of("serializable")),
            Map.entry(source("actor", "Failed", "class Failed extends Exception {}"), Set.of()),
            Map.entry(
                does("Writes", "new java.io.ObjectOutputStream(null);"), Set.of("object streams")),
            Map.entry(
                does("Reads", "new java.io.ObjectInputStream(null);"), Set.of("object streams"))));
  }

  private static Stream<DynamicTest> hold(Map<String, ArchRule> rules, JavaClasses classes) {
    return rules.entrySet().stream()
        .map(rule -> dynamicTest(rule.getKey(), () -> rule.getValue().check(classes)));
  }

  /** Each class must break exactly the rules that are named for it. */
  private static Stream<DynamicTest> find(
      Path directory, Map<String, ArchRule> rules, Map<Source, Set<String>> expected) {
    var classes =
        CrookedHouse.build(directory, Stream.concat(walls(), expected.keySet().stream()).toList());
    return expected.entrySet().stream()
        .map(
            source ->
                dynamicTest(
                    source.getKey().name(),
                    () ->
                        assertEquals(
                            source.getValue(), broken(rules, only(source.getKey(), classes)))));
  }

  private static Set<String> broken(Map<String, ArchRule> rules, JavaClasses classes) {
    return rules.entrySet().stream()
        .filter(rule -> rule.getValue().allowEmptyShould(true).evaluate(classes).hasViolation())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static JavaClasses only(Source source, JavaClasses classes) {
    return classes.that(
        DescribedPredicate.describe("the one", type -> type.getName().equals(source.name())));
  }

  /**
   * What the others stand on: an innocent class in each package, and something that wants to be
   * slept through.
   */
  private static Stream<Source> walls() {
    return Stream.concat(
        Imports.packages().map(name -> source(name, "Here", "public class Here {}")),
        Stream.of(
            source("actor", "Nap", "interface Nap { void take(long millis) throws Exception; }")));
  }

  private static Source knows(String packageName, String type) {
    var name = "Knows_" + type.replace('.', '_');
    return source(packageName, name, "class " + name + " { " + type + " it; }");
  }

  private static Source named(String name) {
    return source("actor", name, "class " + name + " {}");
  }

  private static Source does(String name, String statement) {
    return source(
        "actor", name, "class " + name + " { void act() throws Exception { " + statement + " } }");
  }

  private static Source source(String packageName, String name, String body) {
    return new Source("crooked." + packageName, name, body);
  }

  private static boolean isMain(Location location) {
    return !location.contains("/test-classes/") && !location.contains("-tests.jar");
  }
}
