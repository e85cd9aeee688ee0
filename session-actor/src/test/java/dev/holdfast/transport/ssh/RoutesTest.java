package dev.holdfast.transport.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoutesTest {

  @TempDir Path dir;

  private Route route(String target, String... config) {
    return assertRoutes(target, config);
  }

  private Route assertRoutes(String target, String... config) {
    try {
      return routes(config).to(Target.parse(target));
    } catch (TransportException e) {
      throw new AssertionError(e);
    }
  }

  private Routes routes(String... config) {
    try {
      Path file = Files.writeString(dir.resolve("config"), String.join("\n", config) + "\n");
      return new Routes(new SshClientSide(dir).set("config-file", file.toString()).settings());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private TransportException refused(String target, String... config) {
    var error =
        assertThrows(TransportException.class, () -> routes(config).to(Target.parse(target)));
    assertEquals(Kind.BAD_TARGET, error.failure().kind());
    return error;
  }

  @Test
  void withoutConfigurationTheTargetSaysAllButTheUser() {
    Hop hop = route("web1").hop();
    assertEquals("tester", hop.user());
    assertEquals("web1", hop.host());
    assertEquals(22, hop.port());
    assertEquals("web1", hop.keyName());
    assertEquals(List.of(dir.resolve("id")), hop.identities());
  }

  @Test
  void theTargetComesBeforeTheConfigurationWhichComesBeforeTheSettings() {
    String[] config = {"Host web*", " HostName 10.0.0.1", " User deploy", " Port 2200"};
    Hop hop = route("web1", config).hop();
    assertEquals("deploy@10.0.0.1:2200", hop.user() + "@" + hop.place());
    Hop explicit = route("ssh://root@web1:22", config).hop();
    assertEquals("root@10.0.0.1:22", explicit.user() + "@" + explicit.place());
    assertEquals("tester", route("db1", config).hop().user());
  }

  @Test
  void theFirstValueWinsAndIdentityFilesAddUp() {
    Hop hop =
        route(
                "web1.example",
                "Host web1.*",
                "  IdentityFile /keys/%h-%r",
                "  User=first",
                "Host *",
                "  User second",
                "  IdentityFile \"/keys/with space\"",
                "  IdentitiesOnly yes",
                "  HostKeyAlias alias",
                "  UserKnownHostsFile /kh1 /kh2")
            .hop();
    assertEquals("first", hop.user());
    assertEquals(
        List.of(Path.of("/keys/web1.example-first"), Path.of("/keys/with space")),
        hop.identities());
    assertTrue(hop.identitiesOnly());
    assertEquals("alias", hop.keyName());
    assertEquals(List.of(Path.of("/kh1"), Path.of("/kh2")), hop.knownHosts());
  }

  @Test
  void negatedPatternsMatchAndIncludesAreFollowed() throws IOException {
    Files.createDirectories(dir.resolve("conf.d"));
    Files.writeString(dir.resolve("conf.d/a.conf"), "Host web1\n User included\n");
    String[] config = {"Include conf.d/*.conf", "Host * !web1", " User other"};
    assertEquals("included", route("web1", config).hop().user());
    assertEquals("other", route("web2", config).hop().user());
  }

  @Test
  void matchBlocksThatCannotBeJudgedDoNotApply() {
    String[] config = {
      "Match exec \"true\"",
      " User exec",
      "Match host web1",
      " User matched",
      "Match all",
      " User all"
    };
    assertEquals("matched", route("web1", config).hop().user());
    assertEquals("all", route("web2", config).hop().user());
  }

  @Test
  void jumpsAreFollowedInTheirOrder() {
    Route route =
        route(
            "inner",
            "Host inner",
            " ProxyJump gate1,admin@gate2:2222",
            "Host gate1",
            " HostName 192.0.2.1",
            " ProxyJump outer");
    assertEquals("inner:22", route.hop().place());
    Route gate2 = route.via().orElseThrow();
    assertEquals("admin@gate2:2222", gate2.hop().user() + "@" + gate2.hop().place());
    Route gate1 = gate2.via().orElseThrow();
    assertEquals("192.0.2.1:22", gate1.hop().place());
    Route outer = gate1.via().orElseThrow();
    assertEquals("outer:22", outer.hop().place());
    assertEquals(Optional.empty(), outer.via());
  }

  @Test
  void aCircleOfJumpsIsRefused() {
    refused("a", "Host a", " ProxyJump b", "Host b", " ProxyJump a");
  }

  @Test
  void whatTheConfigurationNamesIsCheckedLikeATarget() {
    refused("a", "Host a", " HostName -oProxyCommand=id");
    refused("a", "Host a", " Port 99999");
    refused("a", "Host a", " ProxyJump -J,x");
    refused("a", "Host a", " ProxyCommand nc %h %p");
  }

  @Test
  void proxyJumpNoneMeansDirectly() {
    Route route = route("a", "Host a", " ProxyJump none", "Host *", " ProxyJump gate");
    assertEquals(Optional.empty(), route.via());
  }

  @Test
  void aMissingConfigurationSaysNothing() throws Exception {
    var settings = new SshClientSide(dir).set("config-file", dir.resolve("none").toString());
    assertEquals("a:22", new Routes(settings.settings()).to(Target.parse("a")).hop().place());
  }
}
