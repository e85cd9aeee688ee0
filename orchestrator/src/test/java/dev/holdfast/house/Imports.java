package dev.holdfast.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which package of the house may import which: a table, from the ground up. A package that is not
 * in it does not exist.
 *
 * <p>The rules are made for a root package, so that they can be tried on a house that breaks every
 * one of them.
 */
final class Imports {

  private static final List<String> SESSION =
      List.of("protocol", "session", "transport", "sql", "output", "journal", "host", "actor");
  private static final List<String> MANY = with(SESSION, "campaign", "pool", "profile");
  private static final List<String> KNOWN = with(MANY, "directory", "chronicle", "webhook");

  private static final Map<String, List<String>> TABLE =
      Map.ofEntries(
          Map.entry("protocol", List.of()),
          Map.entry("client", List.of("protocol")),
          Map.entry("session", List.of()),
          Map.entry("transport", List.of("protocol")),
          Map.entry("sql", List.of()),
          Map.entry("output", List.of("protocol", "sql")),
          Map.entry("host", List.of("transport", "output")),
          Map.entry("journal", List.of("session", "protocol")),
          Map.entry("actor", SESSION),
          Map.entry("campaign", SESSION),
          Map.entry("pool", SESSION),
          Map.entry("profile", SESSION),
          Map.entry("directory", MANY),
          Map.entry("chronicle", SESSION),
          Map.entry("webhook", with(SESSION, "chronicle")),
          Map.entry("security", KNOWN),
          Map.entry("metrics", SESSION),
          Map.entry("api", with(KNOWN, "security", "metrics")),
          Map.entry("console", with(KNOWN, "security", "api")),
          Map.entry("node", with(KNOWN, "security", "metrics", "api", "console")),
          // Starts real servers of its name, for tests and the demo; what speaks to them is
          // elsewhere.
          Map.entry("cassandra", List.of()),
          // The demo's SSH server is the tests'.
          Map.entry("demo", List.of("fixture", "transport", "cassandra", "protocol", "client")),
          Map.entry("fixture", List.of("transport", "host", "output", "cassandra")),
          Map.entry("cli", List.of("protocol", "client")));

  /**
   * What a client is made of. It starts in the time that its classes take to load, so this list
   * stays short.
   */
  private static final String[] OF_A_CLIENT = {
    "java..",
    "javax.net.ssl..",
    "picocli..",
    "org.jline..",
    "io.grpc..",
    "com.google.protobuf..",
    "com.google.rpc..",
    "com.google.common.util.concurrent.."
  };

  private final String root;

  Imports(String root) {
    this.root = root;
  }

  /** The names of all packages, under the root. */
  static Stream<String> packages() {
    return TABLE.keySet().stream();
  }

  /** Every rule, under a name that says what it is about. */
  Map<String, ArchRule> rules() {
    var rules = new TreeMap<String, ArchRule>();
    TABLE.forEach((name, allowed) -> rules.put(name, fromTheHouse(name, allowed)));
    rules.put("session: from outside", sessionIsPlainJava());
    rules.put("client: from outside", isOfAClient("client"));
    rules.put("cli: from outside", isOfAClient("cli"));
    rules.put("packages", areInTheTable());
    return rules;
  }

  /**
   * {@code cli.Main} alone may reach further: it is where a node and the demonstration are started.
   */
  private ArchRule fromTheHouse(String name, List<String> allowed) {
    return noClasses()
        .that()
        .resideInAPackage(in(name))
        .and()
        .doNotHaveFullyQualifiedName(root + ".cli.Main")
        .should()
        .dependOnClassesThat(
            JavaClass.Predicates.resideInAPackage(root + "..")
                .and(JavaClass.Predicates.resideOutsideOfPackages(in(with(allowed, name)))))
        .as("of the house, " + name + " imports only " + allowed)
        .allowEmptyShould(true);
  }

  private ArchRule sessionIsPlainJava() {
    return classes()
        .that()
        .resideInAPackage(in("session"))
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(in("session"), "java..")
        .because("the rules of a session know no library, no clock and no socket")
        .allowEmptyShould(true);
  }

  private ArchRule isOfAClient(String name) {
    return classes()
        .that()
        .resideInAPackage(in(name))
        .should()
        .onlyDependOnClassesThat(
            JavaClass.Predicates.resideInAPackage(root + "..")
                .or(JavaClass.Predicates.resideInAnyPackage(OF_A_CLIENT)))
        .because("what a client loads is what its user waits for")
        .allowEmptyShould(true);
  }

  private ArchRule areInTheTable() {
    return classes()
        .that()
        .resideInAPackage(root + "..")
        .should()
        .resideInAnyPackage(in(List.copyOf(TABLE.keySet())))
        .because(
            "a new package is a decision: it takes its line in the table of "
                + Imports.class.getSimpleName());
  }

  private String in(String name) {
    return root + "." + name + "..";
  }

  private String[] in(List<String> names) {
    return names.stream().map(this::in).toArray(String[]::new);
  }

  private static List<String> with(List<String> names, String... more) {
    return Stream.concat(names.stream(), Stream.of(more)).toList();
  }
}
