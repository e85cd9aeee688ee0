package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a session has that fits the patterns of an export, as the script {@code commands.sh} found
 * it in the session.
 *
 * @param commands each name once, in the order of the names; a function hides a program, as it does
 *     in the session
 * @param unfit the patterns that nothing fits
 * @param lists whether the session's shell can list its functions
 */
record Offer(List<Command> commands, List<String> unfit, boolean lists) {

  private static final String SCRIPT = script();

  /** Words of the shells' grammar, of which none can be run by its name. */
  private static final Set<String> GRAMMAR =
      Set.of(
          "case",
          "coproc",
          "do",
          "done",
          "elif",
          "else",
          "esac",
          "fi",
          "for",
          "function",
          "if",
          "in",
          "namespace",
          "select",
          "then",
          "time",
          "until",
          "while");

  /** Names that no function of ours can have: grammar, the special builtins, and what we need. */
  private static final Set<String> TAKEN =
      Set.of(
          "break",
          "command",
          "continue",
          "eval",
          "exec",
          "exit",
          "export",
          "holdfast",
          "readonly",
          "return",
          "set",
          "shift",
          "times",
          "trap",
          "unalias",
          "unset");

  private static final Map<String, Kind> KINDS =
      Map.of("function", Kind.FUNCTION, "program", Kind.PROGRAM, "builtin", Kind.BUILTIN);

  /** What a name stands for in the session. */
  enum Kind {
    FUNCTION,
    PROGRAM,
    BUILTIN;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A name of the session, and what it is there. */
  record Command(String name, Kind kind) {

    /** Why there can be no function for it under this name here; null when there can. */
    String obstacle(String prefix) {
      var here = prefix + name;
      if (!here.matches("[A-Za-z_][A-Za-z0-9_]*")) {
        return "no-function-name";
      }
      boolean taken =
          GRAMMAR.contains(here) || TAKEN.contains(here) || here.startsWith(ShellModule.OURS);
      return taken ? "reserved" : null;
    }
  }

  /** The job that finds out. */
  static SubmitJobRequest.Builder request(List<String> patterns) {
    return SubmitJobRequest.newBuilder()
        .setScript(SCRIPT)
        .addAllArguments(patterns)
        .setLabel("holdfast export " + String.join(" ", patterns));
  }

  /** Reads what the job printed. */
  static Offer of(List<String> patterns, ByteString printed) {
    var found = new TreeMap<String, Kind>();
    var fits = new ArrayList<Boolean>();
    boolean lists = false;
    for (String record : printed.toStringUtf8().split("/", -1)) {
      int space = record.indexOf(' ');
      if (record.equals("listed")) {
        lists = true;
      } else if (record.equals("pattern")) {
        fits.add(false);
      } else if (space > 0 && !fits.isEmpty()) {
        var kind = KINDS.get(record.substring(0, space));
        var name = record.substring(space + 1);
        if (kind != null && !(kind == Kind.BUILTIN && GRAMMAR.contains(name))) {
          found.merge(name, kind, Offer::stronger);
          fits.set(fits.size() - 1, true);
        }
      }
    }
    if (fits.size() != patterns.size()) {
      throw Failed.refused(
          "no-list",
          "the shell of the session did not say what it has",
          "is it a POSIX shell? `holdfast show` names it");
    }
    var unfit = new ArrayList<String>();
    for (int i = 0; i < patterns.size(); i++) {
      if (!fits.get(i)) {
        unfit.add(patterns.get(i));
      }
    }
    return new Offer(
        found.entrySet().stream().map(e -> new Command(e.getKey(), e.getValue())).toList(),
        unfit,
        lists);
  }

  private static Kind stronger(Kind one, Kind other) {
    return one.compareTo(other) <= 0 ? one : other;
  }

  private static String script() {
    try (InputStream resource = Offer.class.getResourceAsStream("commands.sh")) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
