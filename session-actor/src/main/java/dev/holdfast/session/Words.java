package dev.holdfast.session;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Words by value, for a shell. In single quotes nothing has a meaning but the quote itself, so no
 * word becomes syntax, an option of the shell, an assignment, an alias or a reserved word.
 */
public final class Words {

  private Words() {}

  /** One word. */
  public static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** A command with its arguments. */
  public static String quoted(List<String> words) {
    return words.stream().map(Words::quoted).collect(Collectors.joining(" "));
  }
}
