package dev.holdfast.session;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * How the shells of a session are made: each one that it ever gets, also one that replaces another.
 *
 * @param user the account to become by {@code sudo}; empty: the one that was signed in to
 * @param environment what is exported
 * @param directory where the shell is at first; empty: at home
 * @param script run in the shell before anything else; it must succeed
 * @param timeout how long it may take
 */
public record Start(
    String user,
    Map<String, String> environment,
    String directory,
    String script,
    Duration timeout) {

  /** As the target has it. */
  public static final Start PLAIN = new Start("", Map.of(), "", "", Duration.ZERO);

  public Start {
    Objects.requireNonNull(user);
    environment = Map.copyOf(environment);
    Objects.requireNonNull(directory);
    Objects.requireNonNull(script);
    Objects.requireNonNull(timeout);
  }

  /** What a new shell reads first; empty when there is nothing to do. */
  public String text() {
    var text = new StringBuilder();
    environment.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            variable ->
                text.append("export ")
                    .append(variable.getKey())
                    .append('=')
                    .append(Words.quoted(variable.getValue()))
                    .append('\n'));
    if (!directory.isEmpty()) {
      text.append("cd ").append(Words.quoted(directory)).append(" || return\n");
    }
    return text.append(script).toString();
  }
}
