package dev.holdfast.session;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The only commands that may be run in a session.
 *
 * <p>A job must come as words, never as text for a shell. The first word must be the name of a
 * command exactly, and each argument by itself must be what its pattern says, from its beginning to
 * its end. What is run is those words in quotes and nothing else, so that no argument becomes
 * syntax.
 */
public record Restriction(List<Allowed> commands) {

  /** No pattern may take longer than this many looks at the argument's characters. */
  private static final int LOOKS = 1_000_000;

  /** An argument that is longer fits nothing. */
  private static final int LONGEST = 64 * 1024;

  public Restriction {
    commands = List.copyOf(commands);
  }

  /**
   * One command.
   *
   * @param command its name or its path
   * @param arguments a regular expression for each argument
   * @param rest one that each further argument must fit; empty: there may be none
   */
  public record Allowed(String command, List<String> arguments, Optional<String> rest) {

    public Allowed {
      Objects.requireNonNull(command);
      arguments = List.copyOf(arguments);
      Objects.requireNonNull(rest);
    }

    boolean fits(List<String> words) {
      int given = words.size() - 1;
      if (!words.get(0).equals(command)
          || given < arguments.size()
          || (given > arguments.size() && rest.isEmpty())) {
        return false;
      }
      for (int i = 0; i < given; i++) {
        String pattern = i < arguments.size() ? arguments.get(i) : rest.orElseThrow();
        if (!Restriction.fits(pattern, words.get(i + 1))) {
          return false;
        }
      }
      return true;
    }
  }

  /** Why the job may not be run, if it may not. */
  Optional<Cause> refusal(JobRequest request) {
    List<String> words = request.argv();
    if (words.isEmpty()) {
      return Optional.of(
          refused("the session's profile allows the commands that it lists, and no script"));
    }
    boolean byValue = request.script().equals(Words.quoted(words));
    return byValue && commands.stream().anyMatch(allowed -> allowed.fits(words))
        ? Optional.empty()
        : Optional.of(refused("the session's profile does not allow this command"));
  }

  static Cause refused(String text) {
    return new Cause(
        "command-refused",
        text,
        "'holdfast profile get' shows the commands; name one of them, with its arguments, after --");
  }

  /** A pattern that would take for ever on this argument does not fit it. */
  private static boolean fits(String pattern, String argument) {
    if (argument.length() > LONGEST) {
      return false;
    }
    try {
      Matcher matcher = Pattern.compile(pattern).matcher(new Counted(argument));
      return matcher.matches();
    } catch (TooLong | PatternSyntaxException | StackOverflowError e) {
      return false;
    }
  }

  private static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLong() {
      super("", null, false, false);
    }
  }

  /** An argument that may be looked at so often only. */
  private static final class Counted implements CharSequence {
    private final String text;
    private int looks;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      looks++;
      if (looks > LOOKS) {
        throw new TooLong();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
