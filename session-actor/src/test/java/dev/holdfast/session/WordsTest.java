package dev.holdfast.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Behaviours 22 and 47: no argument ever becomes shell syntax, in any shell that is here. */
class WordsTest {

  private static final List<List<String>> SHELLS =
      List.of(
          List.of("sh"),
          List.of("dash"),
          List.of("bash"),
          List.of("mksh"),
          List.of("busybox", "sh"));

  private static boolean isHere(List<String> shell) {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(place -> Files.isExecutable(Path.of(place, shell.get(0))));
  }

  /** What the command finds as its arguments, by a shell that sources the text as a job is. */
  private static void arriveByValue(List<String> arguments) throws Exception {
    var words = new ArrayList<>(List.of("/usr/bin/printf", "%s\\0", "--"));
    words.addAll(arguments);
    var expected = new StringBuilder("--\0");
    arguments.forEach(it -> expected.append(it).append('\0'));
    Path script = Files.createTempFile("words", ".sh");
    try {
      Files.writeString(script, Words.quoted(words));
      for (List<String> shell : SHELLS) {
        if (isHere(shell)) {
          var command = new ArrayList<>(shell);
          command.addAll(List.of("-c", ". " + script));
          var process = new ProcessBuilder(command).redirectErrorStream(true).start();
          byte[] out = process.getInputStream().readAllBytes();
          assertEquals(expected.toString(), new String(out, UTF_8), shell::toString);
          assertEquals(0, process.waitFor());
        }
      }
    } finally {
      Files.delete(script);
    }
  }

  @Property(tries = 150)
  void noArgumentBecomesSyntax(@ForAll("arguments") List<String> arguments) throws Exception {
    arriveByValue(arguments);
  }

  @Example
  void theWorstOfThemDoNot() throws Exception {
    arriveByValue(
        List.of(
            "", "'", "''", "\\'", "'\\''", "\"", "$(id)", "`id`", "$'x'", ";id", "&", "|id", "\n",
            "\nid\n", "\t", " ", "*", "?", "[a]", "~", "{a,b}", "!", "#", "-n", "--", "a=b", "\\",
            "\\\n", "\r", "é", "if", "\u0001"));
  }

  @Provide
  Arbitrary<List<String>> arguments() {
    Arbitrary<String> nasty =
        Arbitraries.strings()
            .withChars("'\"\\$`;&|<>(){}[]*?~!#=-%^, \t\n\rabc\u0001\u00e9")
            .ofMaxLength(40);
    return nasty.list().ofMaxSize(6);
  }
}
