package dev.holdfast.api;

import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.session.Words;
import java.util.List;

/**
 * What a job runs, made of what was asked for: a script as it is, or words that arrive by value
 * whatever quotes they hold.
 *
 * @param text for the session's shell
 * @param label what people see
 * @param argv the words, if it came as words
 */
record Script(String text, String label, List<String> argv) {

  static Script of(SubmitJobRequest request) {
    Script script =
        switch (request.getWhatCase()) {
          case SCRIPT -> script(request.getScript(), request.getArgumentsList());
          case ARGV -> argv(request.getArgv().getWordsList(), request.getArgumentsCount());
          case WHAT_NOT_SET -> throw Refusal.invalid("script", "or 'argv' must be given");
        };
    Fields.check(script.text().indexOf('\0') < 0, "script", "may not hold a NUL");
    return script;
  }

  /**
   * The arguments become $1 and so on; they are set on the script's own first line, so that line
   * numbers stay.
   */
  private static Script script(String text, List<String> arguments) {
    Fields.check(!text.isBlank(), "script", "is empty");
    return new Script(
        arguments.isEmpty() ? text : "set -- " + Words.quoted(arguments) + "; " + text,
        text,
        List.of());
  }

  private static Script argv(List<String> words, int arguments) {
    Fields.check(!words.isEmpty() && !words.get(0).isEmpty(), "argv", "must begin with a command");
    Fields.check(arguments == 0, "arguments", "belong to a script; put them into 'argv'");
    return new Script(Words.quoted(words), String.join(" ", words), words);
  }
}
