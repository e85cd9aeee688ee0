package dev.holdfast.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.ProfileSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentTest {

  private static final Path PAGE = Path.of("..", "docs", "profiles.md");

  @Test
  void everyKeyArrives() {
    Document document =
        Document.parse(
            """
            name = all, description = d, principals = [a, b], shell = bash, user = u
            environment { A = 1, B = "x" }, directory = /d, startup = s, startup-timeout = 1s
            idle-timeout = 2s, max-idle-timeout = 3s, job-time = 4s, session-time = 5s
            sessions-per-user = 6, queue-length = 7, output-limit = 80k, output-mode = DROP
            park-after = 0, self-repairs = 9, restricted = true
            commands = [ { run = ls, arguments = ["-l"], rest = ".*" }, { run = id } ]
            """);
    assertEquals("all", document.name());
    for (var field : ProfileSpec.getDescriptor().getFields()) {
      assertTrue(
          field.isRepeated()
              ? document.spec().getRepeatedFieldCount(field) > 0
              : document.spec().hasField(field),
          field::getName);
    }
    assertEquals("1", document.spec().getEnvironmentOrThrow("A"));
    assertEquals(80 * 1024, document.spec().getOutputLimit());
    assertEquals(OutputMode.DROP, document.spec().getOutputMode());
    assertEquals(List.of("-l"), document.spec().getCommands(0).getArgumentsList());
    assertEquals(".*", document.spec().getCommands(0).getRest());
    assertTrue(!document.spec().getCommands(1).hasRest());
  }

  @Test
  @DisplayName("behaviour 47: JSON is a document, too")
  void jsonIsADocument() {
    assertEquals(
        60, Document.parse("{\"idle-timeout\": \"1m\"}").spec().getIdleTimeout().getSeconds());
  }

  @DisplayName("behaviour 47: what is wrong in a profile is named")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jobtime = 1s                               | jobtime",
        "environment { A.B = 1 }                    | environment.A",
        "environment { \"A B\" = 1 }                | environment.A B",
        "environment { MY_TOKEN = 1 }               | environment.MY_TOKEN",
        "environment { apiKey = 1 }                 | environment.apiKey",
        "environment { HOLDFAST_JOB = 1 }           | environment.HOLDFAST_JOB",
        "idle-timeout = 0s                          | idle-timeout",
        "idle-timeout = soon                        | idle-timeout",
        "idle-timeout = 2h, max-idle-timeout = 1h   | idle-timeout",
        "max-idle-timeout = 366d                    | max-idle-timeout",
        "startup-timeout = 11m                      | startup-timeout",
        "job-time = 0                               | job-time",
        "session-time = -1s                         | session-time",
        "sessions-per-user = 0                      | sessions-per-user",
        "queue-length = many                        | queue-length",
        "output-limit = 1k                          | output-limit",
        "output-mode = drop                         | output-mode",
        "output-mode = lose                         | output-mode",
        "self-repairs = 101                         | self-repairs",
        "park-after = -1s                           | park-after",
        "shell = \"sh -c id\"                       | shell",
        "shell = \"../sh\"                          | shell",
        "user = \"-x\"                              | user",
        "user = \"a;id\"                            | user",
        "principals = [\"a b\"]                     | principals",
        "restricted = perhaps                       | restricted",
        "commands = [ { run = ls } ]                | commands",
        "restricted = true, commands = [ { run = eval } ]       | commands.run",
        "restricted = true, commands = [ { run = \"ls -l\" } ]  | commands.run",
        "restricted = true, commands = [ { } ]                  | commands.run",
        "restricted = true, commands = [ { run = ls, args = [] } ]      | commands.args",
        "restricted = true, commands = [ { run = ls, rest = \"(\" } ]   | commands.rest",
        "name = \"a/b\"                             | name",
        "include \"/etc/passwd\"                    | document",
        "include file(\"/etc/hosts\")               | document",
        "include url(\"file:///etc/hosts\")         | document",
        "description = ${HOME}                      | document",
        "{ \"a\":                                   | document"
      })
  void whatIsWrongIsNamed(String document, String key) {
    var wrong = assertThrows(InvalidProfile.class, () -> Document.parse(document));
    assertEquals(key, wrong.key(), wrong.getMessage());
  }

  @Test
  void theServersEnvironmentIsNotSeen() {
    assertEquals("", Document.parse("description = ${?PATH}").spec().getDescription());
  }

  @Test
  void thePageHasEveryKeyAndNoOther() throws IOException {
    var keys =
        Pattern.compile("(?m)^\\| `([a-z-]+)` \\|")
            .matcher(Files.readString(PAGE))
            .results()
            .map(it -> it.group(1))
            .toList();
    assertEquals(Document.KEYS, keys);
  }

  @Test
  void theExamplesOnThePageAreProfiles() throws IOException {
    var blocks =
        Pattern.compile("(?s)```\\n(.*?)```")
            .matcher(Files.readString(PAGE))
            .results()
            .map(it -> it.group(1))
            .filter(it -> !it.contains("holdfast "))
            .toList();
    assertEquals(2, blocks.size());
    blocks.forEach(Document::parse);
  }
}
