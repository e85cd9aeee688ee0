package dev.holdfast.host;

import dev.holdfast.output.StreamName;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * The command lines that a node gives to a target's login shell.
 *
 * <p>Each is one {@code exec sh -c '...'} whose text holds no quote, backslash, {@code !} or line
 * feed, so that sh, bash, fish and csh all read it alike; in it, only words from white lists. In
 * the common case it finds the host script in its place and becomes it by {@code exec}; else it
 * prints {@code NOHOST}. No login shell is left behind to print on a job's standard error that what
 * it waited for was killed.
 *
 * <p>The place is the root directory that the script itself would choose, and the script is only
 * run when file and directory belong to the account: the fallback is under {@code /var/tmp}, where
 * others could have been first.
 *
 * <p>Channels that carry raw bytes begin, on both streams, with the line {@value #MARK}: what
 * start-up files of the login shell print comes before it and is no output of a job.
 */
final class HostCommands {

  static final String MARK = "HOLDFAST-DATA";

  /** The mark on both streams, each on a line of its own whatever was printed before. */
  private static final String MARKS = "echo; echo " + MARK + "; echo >&2; echo " + MARK + " >&2; ";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,79}");
  private static final Pattern SHELL = Pattern.compile("[A-Za-z0-9._/][A-Za-z0-9._/-]{0,63}");
  private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9._-]{0,31}");
  private static final Pattern ROOT = Pattern.compile("/[A-Za-z0-9._/-]{1,200}");

  private final String root;
  private final String sid;
  private final String find;
  private final HostScript script;
  private final String become;

  /**
   * @param root an absolute path, or empty for the script's default
   */
  HostCommands(HostScript script, String root, String session, int incarnation) {
    this(script, root, session, incarnation, "");
  }

  /**
   * Commands that are carried out as another account.
   *
   * @param user its name; empty: the account that is signed in to
   */
  HostCommands(HostScript script, String root, String session, int incarnation, String user) {
    if (!root.isEmpty() && !ROOT.matcher(root).matches()) {
      throw new IllegalArgumentException(
          "the root directory '" + Text.shown(root) + "' is not a plain absolute path");
    }
    if (!user.isEmpty() && !USER.matcher(user).matches()) {
      throw new IllegalArgumentException(
          "'" + Text.shown(user) + "' is not the name of an account");
    }
    this.become = user.isEmpty() ? "" : "exec sudo -n -H -u " + user + " -- ";
    this.script = script;
    this.root = root.isEmpty() ? "-" : root;
    this.sid = id(session + "." + incarnation);
    this.find =
        root.isEmpty()
            ? "r=${HOLDFAST_ROOT:-${XDG_STATE_HOME:-$HOME/.local/state}/holdfast}; f=$r/"
                + script.fileName()
                + "; test -O $f || { r=/var/tmp/holdfast-$(id -u); f=$r/"
                + script.fileName()
                + "; }; "
            : "r=" + root + "; f=$r/" + script.fileName() + "; ";
  }

  /** An id that may become a word of a command line and a file name. */
  static String id(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("'" + Text.shown(id) + "' is not an id");
    }
    return id;
  }

  /** The name of a shell. */
  static String shell(String name) {
    if (!SHELL.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + Text.shown(name) + "' is not the name of a shell");
    }
    return name;
  }

  String attachCreating(long epoch, String shell, Duration idle) {
    return attachCreating(epoch, shell, idle, 0, Duration.ZERO);
  }

  /**
   * Starts the session.
   *
   * @param lines so many lines of a start-up script follow the greeting; 0: there is none
   * @param patience how long that script may take
   */
  String attachCreating(long epoch, String shell, Duration idle, int lines, Duration patience) {
    String how = "create shell=" + shell(shell) + " idle=" + Math.max(1, idle.toSeconds());
    String start =
        lines == 0 ? "" : " start=" + lines + " patience=" + Math.max(1, patience.toSeconds());
    return attach(epoch, how + start);
  }

  String attachResuming(long epoch) {
    return attach(epoch, "resume");
  }

  private String attach(long epoch, String how) {
    return line("echo; " + find + run("attach", Long.toString(epoch), how) + "echo NOHOST");
  }

  String follow(String job, long out, long err) {
    return data("follow", id(job), Long.toString(out), Long.toString(err));
  }

  String read(String job, StreamName stream, long offset, long max) {
    String name = stream == StreamName.OUT ? "out" : "err";
    return data("read", id(job), name, Long.toString(offset), Long.toString(max));
  }

  String putScript(String job, long size) {
    return data("put", id(job), "script", Long.toString(size));
  }

  String putInput(String job, long size) {
    return data("put", id(job), "in", Long.toString(size));
  }

  String putInput(String job, long offset, int size) {
    return data("put", id(job), "in." + offset, Integer.toString(size));
  }

  private String data(String verb, String... words) {
    return line(
        "LC_ALL=C; export LC_ALL; "
            + find
            + "test -O $f && { "
            + MARKS
            + "}; "
            + run(verb, words)
            + "echo NOHOST");
  }

  private String run(String verb, String... words) {
    return "test -O $r && test -O $f && exec sh $f "
        + verb
        + " "
        + root
        + " "
        + sid
        + " "
        + String.join(" ", words)
        + "; ";
  }

  /** Stores the script that comes on standard input; prints {@code OK}, or why not on stderr. */
  String install() {
    String create = "mkdir -p $r && test -O $r && test -w $r";
    String choose =
        root.equals("-")
            ? "r=${HOLDFAST_ROOT:-${XDG_STATE_HOME:-$HOME/.local/state}/holdfast}; "
                + "{ "
                + create
                + "; } 2>/dev/null || r=/var/tmp/holdfast-$(id -u); "
            : "r=" + root + "; ";
    return line(
        "LC_ALL=C; export LC_ALL; umask 077; "
            + choose
            + "if test -h $r; then echo unsafe: $r is a symbolic link >&2; exit 1; fi; "
            + create
            + " || { echo cannot keep files in $r >&2; exit 1; }; chmod 700 $r; t=$r/.new.$$; echo; echo "
            + MARK
            + "; cat >$t && test $(wc -c <$t) -eq "
            + script.size()
            + " && mv -f $t $r/"
            + script.fileName()
            + " && echo OK || rm -f $t");
  }

  /** No field splitting and no globbing: directories may have any name. */
  private String line(String text) {
    return become.isEmpty()
        ? "exec sh -c 'IFS=; set -f; " + text + "'"
        : become + "sh -c 'IFS=; set -f; " + text + "'";
  }
}
