package dev.holdfast.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.Map;

/**
 * The verbs that are programs of their own: they are found by name, so that a client need not load
 * what a server is made of. Their arguments are theirs alone.
 */
final class Elsewhere {

  private static final Map<String, String> PROGRAMS =
      Map.of(
          "server", "dev.holdfast.node.Server",
          "demo", "dev.holdfast.demo.Demo",
          "migrate", "dev.holdfast.node.MigrateVerb",
          "schema", "dev.holdfast.node.SchemaVerb");

  private Elsewhere() {}

  static boolean knows(String verb) {
    return PROGRAMS.containsKey(verb);
  }

  /** Runs {@code static int run(String[] args)} of the verb's class. */
  static int run(String verb, String[] args) {
    try {
      return (int)
          Class.forName(PROGRAMS.get(verb))
              .getMethod("run", String[].class)
              .invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException bug) {
        throw bug;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw Failed.refused(
          "not-here",
          "this build of holdfast has no `" + verb + "`",
          "use a whole distribution of Holdfast");
    }
  }
}
