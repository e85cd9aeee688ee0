package dev.holdfast.transport.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownHostsLineTest {

  private static final String KEY =
      " ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINkayd7kQgxyQFxQOw4ngCTyqf5jQcpZP4S2nZa4j92u";

  private static KnownHostsLine line(String text) {
    return KnownHostsLine.parse(text).orElseThrow();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "web1 web1 22 true",
        "WEB1 web1 22 true",
        "web1 WEB1 22 true",
        "web1 web1 2222 false",
        "[web1]:2222 web1 2222 true",
        "[web1]:2222 web1 22 false",
        "web?.* web1.example 22 true",
        "*.example,!db.example web.example 22 true",
        "*.example,!db.example db.example 22 false",
        "10.0.0.1,web1 web1 22 true",
        "* web1 2222 true",
        "[::1]:2222 ::1 2222 true",
      })
  void hostsMatchAsInOpenSsh(String hosts, String name, int port, boolean matches) {
    assertEquals(matches, line(hosts + KEY).matches(name, port));
  }

  @Test
  void hashedNamesThatOpenSshHasWrittenMatch() {
    var withPort = line("|1|2MEqOAgaHbprsXvs3377ama8o38=|ZXRB8iHDJbSfrVMfSMYORNfmjzc=" + KEY);
    assertTrue(withPort.matches("web1.example", 2222));
    assertFalse(withPort.matches("web1.example", 22));
    var plain = line("|1|AzkS2DvrRNG6Zvvz04K9HxOGK6o=|XbPuz7oGZKDH9OrBW6kDsaVzZ0o=" + KEY);
    assertTrue(plain.matches("web2.example", 22));
    assertTrue(plain.matches("WEB2.example", 22));
    assertFalse(plain.matches("web1.example", 22));
  }

  @Test
  void markersAreRead() {
    assertTrue(line("@cert-authority *" + KEY).authority());
    assertTrue(line("@revoked *" + KEY + " comment").revoked());
    assertFalse(line("web1" + KEY).revoked());
  }

  @Test
  void theFingerprintIsThatOfOpenSsh() {
    assertEquals(
        "SHA256:uQ1oUJEh4X0j1pE75NmZJyoX4tpTrkDL3w83tFoRUl4",
        line("web1" + KEY).key().fingerprint());
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "'# comment'",
    "web1",
    "web1 ssh-ed25519",
    "web1 ssh-ed25519 !!!",
    "@odd * t k"
  })
  void whatIsNoEntryIsSkipped(String text) {
    assertTrue(KnownHostsLine.parse(text).isEmpty());
  }

  @Property
  void noTextBreaksTheReader(@ForAll String text, @ForAll String name) {
    KnownHostsLine.parse(text).ifPresent(line -> line.matches(name, 22));
    assertTrue(HostPatterns.match("*", name));
  }
}
