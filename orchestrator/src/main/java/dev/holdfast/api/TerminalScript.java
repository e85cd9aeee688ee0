package dev.holdfast.api;

/**
 * The job that is a terminal: it has a program of the target make one, and runs a login shell in
 * it. {@code script} of util-linux or busybox does that, or Python; without any of them it says so
 * and ends with 69 (EX_UNAVAILABLE).
 */
final class TerminalScript {

  private static final String TEXT =
      """
      HOLDFAST_SIZE='cols %d rows %d'; HOLDFAST_RUN=%s
      TERM=%s; export TERM HOLDFAST_SIZE HOLDFAST_RUN
      HOLDFAST_SHELL=${SHELL:-/bin/sh}; export HOLDFAST_SHELL
      holdfast_in='stty sane echo $HOLDFAST_SIZE 2>/dev/null; SHELL=$HOLDFAST_SHELL; run=$HOLDFAST_RUN
        unset HOLDFAST_SIZE HOLDFAST_RUN HOLDFAST_SHELL
        case $run in "") exec "$SHELL" -l ;; *) exec "$SHELL" -c "$run" ;; esac'
      cd 2>/dev/null
      SHELL=/bin/sh
      if script --version 2>/dev/null | grep -q util-linux; then
        script -qefc "$holdfast_in" /dev/null
      elif command -v python3 >/dev/null 2>&1; then
        python3 -c 'import os, pty, sys
      code = pty.spawn(["/bin/sh", "-c", sys.argv[1]])
      sys.exit(os.WEXITSTATUS(code) if os.WIFEXITED(code) else 128 + os.WTERMSIG(code))' "$holdfast_in"
      elif busybox script --help >/dev/null 2>&1; then
        busybox script -qfc "$holdfast_in" /dev/null
      else
        echo 'holdfast: nothing here can make a terminal: neither script (util-linux), python3 nor busybox' >&2
        (exit 69)
      fi
      """;

  private TerminalScript() {}

  /**
   * The script.
   *
   * @param run what to run in it; empty: the account's login shell
   */
  static String of(int columns, int rows, String term, String run) {
    return TEXT.formatted(columns, rows, quoted(run), quoted(term));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
