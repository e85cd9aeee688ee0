package dev.holdfast.transport;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.arbitraries.StringArbitrary;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

  @ParameterizedTest
  @CsvSource({
    "local, local:",
    "local:, local:",
    "web1, ssh://web1",
    "root@web1, ssh://root@web1",
    "ssh://root@web1:2222, ssh://root@web1:2222",
    "SSH://web1/, ssh://web1",
    "ssh://[::1]:22, ssh://[::1]:22",
    "ssh://[fe80::1%eth0], ssh://[fe80::1%eth0]",
    "first.last@corp@jump, ssh://first.last@corp@jump",
    "web1:2222, ssh://web1:2222",
  })
  void readsWhatUsersWrite(String text, String canonical) {
    assertEquals(canonical, Target.parse(text).toString());
  }

  @DisplayName("behaviour 22: no argument ever becomes an option of ssh")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "ssh://",
        "ssh://user@",
        "-oProxyCommand=id",
        "ssh://-oProxyCommand=id",
        "ssh://-oProxyCommand=id/",
        "ssh://-l@host",
        "ssh://root@-host",
        "ssh://host:99999",
        "ssh://host:0",
        "ssh://host:-1",
        "ssh://host:22a",
        "ssh://host:",
        "ssh://host:22:22",
        "ssh://ho st",
        "ssh://host\nProxyCommand id",
        "host\n",
        "ssh://host\u0000",
        "ssh://\"host\"",
        "ssh://host'",
        "ssh://$(id)",
        "ssh://`id`",
        "ssh://host;id",
        "ssh://host/path",
        "ssh://host?x",
        "ssh://h\u00f6st",
        "ssh://.host",
        "ssh://us er@host",
        "ssh://us'er@host",
        "ssh://user:secret@host",
        "ssh://[::1",
        "ssh://[host]",
        "ssh://[::1]x",
        "ssh://::1",
        "http://host",
        "local://x",
      })
  void refusesWhatIsNoTarget(String text) {
    assertThrows(IllegalArgumentException.class, () -> Target.parse(text));
  }

  @Test
  void aHostNameIsAtMost253CharactersLong() {
    assertDoesNotThrow(() -> Target.parse("ssh://" + "a".repeat(253)));
    assertThrows(IllegalArgumentException.class, () -> Target.parse("ssh://" + "a".repeat(254)));
  }

  @Property
  void anythingIsEitherRefusedInOneLineOrASafeTarget(@ForAll String text) {
    try {
      Target target = Target.parse(text);
      assertFalse(target.host().startsWith("-"));
      assertTrue(target.host().matches("[A-Za-z0-9._:%-]*"), target.host());
      assertTrue(target.user().orElse("u").matches("[A-Za-z0-9._][A-Za-z0-9._@-]*"));
    } catch (IllegalArgumentException e) {
      assertFalse(e.getMessage().contains("\n"));
      assertTrue(e.getMessage().length() < 300);
    }
  }

  @Property
  void theCanonicalFormReadsBackAsTheSameTarget(@ForAll("targets") Target target) {
    assertEquals(target, Target.parse(target.toString()));
  }

  @Provide
  Arbitrary<Target> targets() {
    StringArbitrary letters =
        Arbitraries.strings().withCharRange('a', 'z').withCharRange('0', '9').ofMinLength(1);
    return Combinators.combine(
            letters.ofMaxLength(20).optional(),
            letters.ofMaxLength(60),
            Arbitraries.integers().between(1, 65535).optional())
        .as((user, host, port) -> new Target("ssh", user, host, port));
  }
}
