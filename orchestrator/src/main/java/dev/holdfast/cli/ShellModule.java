package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A file for any POSIX shell to read: functions that run commands of a session.
 *
 * <p>Each function calls the function of its session, and that calls {@code holdfast invoke}. They
 * are defined by {@code eval}, after the check that the name is free: a shell that meets an alias
 * in the place of a function's name does not read on.
 *
 * @param session whose commands they are
 * @param patterns what was asked for
 * @param options how to reach the server: words for {@code holdfast invoke}
 * @param prefix goes before each name
 * @param names the commands, each of which has, behind the prefix, a name that a function can have
 * @param file where it will be read from; null when that is not known
 */
record ShellModule(
    Session session,
    List<String> patterns,
    List<String> options,
    String prefix,
    List<String> names,
    String file) {

  /** How the names of the module's own functions and variables begin. */
  static final String OURS = "holdfast_";

  private static final String HEAD =
      """
      # shellcheck shell=sh
      # Functions that run in a session of Holdfast, made by `holdfast export`.
      #
      #   session   %s
      #   target    %s
      #   commands  %s
      #
      # Read it into a shell, and use them as if they were here:
      #
      #   . %s
      #   %s ARGUMENT... <input >output
      #
      # Arguments, standard input, output and error and the exit code are those of the command in the session. Input is
      # passed on unless it is a terminal: in a loop that reads its own, say </dev/null. A Disconnected session connects
      # by itself; a busy one lets the command wait. The token is not in here: `holdfast` finds it as always.
      #
      # What this shell has already under one of the names stays, and that is said; HOLDFAST_EXPORT_FORCE=1 replaces it.

      # Runs a function or program of the session: its name, then its arguments.
      %s() {
        # One word alone would be a script, in which an alias of the session could stand for it.
        if [ $# -eq 1 ]; then set -- --label-text "$1" -- "'$1'"; else set -- -- "$@"; fi
        if [ -t 0 ] || ! (: 3<&0) 2>/dev/null; then
          holdfast invoke %s "$@"
        else
          holdfast invoke %s --input - "$@"
        fi
      }

      # Defines FUNCTION, which runs the session's COMMAND: holdfast_export SESSION COMMAND FUNCTION
      holdfast_export() {
        case $(command -v "$3") in
          '' | */*) ;;
          *)
            case " ${holdfast_exported-} " in *" $1:$2:$3 "*) return 0 ;; esac
            if [ "${HOLDFAST_EXPORT_FORCE-}" != 1 ]; then
              command echo "holdfast: this shell has a $3 of its own, which stays; HOLDFAST_EXPORT_FORCE=1 replaces it" >&2
              return 0
            fi
            unalias "$3" 2>/dev/null || :
            ;;
        esac
        holdfast_exported="${holdfast_exported-} $1:$2:$3"
        eval "$3() { $1 $2 \\"\\$@\\"; }"
      }

      """;

  /** The whole text. */
  String text() {
    var in = OURS + "in_" + identifier(session.getId());
    var invoke = new ArrayList<String>();
    invoke.add(session.getId());
    invoke.addAll(options);
    var words = invoke.stream().map(ShellModule::quoted).collect(Collectors.joining(" "));
    var head =
        HEAD.formatted(
            Words.printable(session.getId() + " (" + session.getName() + ")"),
            Words.printable(session.getTarget()),
            Words.printable(String.join(" ", patterns)),
            Words.printable(path()),
            prefix + names.get(0),
            in,
            words,
            words);
    return names.stream()
        .map(name -> "holdfast_export " + in + " " + name + " " + prefix + name + "\n")
        .collect(Collectors.joining("", head, ""));
  }

  /** What the dot has to be given. */
  private String path() {
    if (file == null) {
      return "./FILE";
    }
    var path = file.contains("/") ? file : "./" + file;
    return quoted(path);
  }

  /** A word that the shell takes as it is. */
  static String quoted(String word) {
    if (word.matches("[A-Za-z0-9_@%+=:,./-]+")) {
      return word;
    }
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** An id as part of a function's name: what cannot be in one is written as {@code _2d}. */
  private static String identifier(String id) {
    var name = new StringBuilder();
    id.codePoints()
        .forEach(
            c -> {
              if (c < 0x80 && Character.isLetterOrDigit(c)) {
                name.appendCodePoint(c);
              } else {
                name.append(String.format("_%02x", c));
              }
            });
    return name.toString();
  }
}
