package dev.holdfast.transport.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What is offered to one host: keys of files (each after its certificate), then keys of the agent,
 * then a password.
 *
 * @param problems why credentials that were asked for cannot be used, for people
 */
record Credentials(
    List<KeyPair> keys,
    List<PublicKey> agentKeys,
    Optional<AgentSocket> agent,
    Optional<String> password,
    List<String> problems) {

  boolean none() {
    return keys.isEmpty() && agentKeys.isEmpty() && password.isEmpty();
  }

  @Override
  public String toString() {
    return keys.size() + " keys, " + agentKeys.size() + " of the agent, problems: " + problems;
  }

  /** Gathers the credentials for a hop. Blocks on disk, agent and processor. */
  static Credentials gather(Hop hop, SshSettings settings, KeyFiles files) {
    var problems = new ArrayList<String>();
    Optional<AgentSocket> agent =
        settings.agentSocket().map(path -> new AgentSocket(path, settings.connectDeadline()));
    List<PublicKey> held = agent.map(socket -> keysOf(socket, problems)).orElse(List.of());
    var heldKeys = new HashSet<WireKey>();
    held.forEach(key -> heldKeys.add(WireKey.of(key)));

    var named = new HashSet<WireKey>();
    var keys = new ArrayList<KeyPair>();
    for (Path file : hop.identities()) {
      Optional<WireKey> half = KeyFiles.publicHalf(file).map(WireKey::of);
      half.ifPresent(named::add);
      if (!hop.identitiesNamed() && !Files.exists(file)) {
        continue;
      }
      try {
        keys.addAll(files.open(file));
      } catch (IOException e) {
        if (half.filter(heldKeys::contains).isEmpty()) {
          problems.add(e.getMessage());
        }
      }
    }
    keys.forEach(key -> named.add(WireKey.of(key.getPublic())));
    return new Credentials(
        keys,
        offered(held, keys, hop.identitiesOnly() ? Optional.of(named) : Optional.empty()),
        agent,
        password(settings, problems),
        problems);
  }

  private static List<PublicKey> keysOf(AgentSocket agent, List<String> problems) {
    try {
      return agent.keys();
    } catch (IOException e) {
      problems.add("the ssh-agent cannot be used: " + e.getMessage());
      return List.of();
    }
  }

  /** The agent's keys that are not offered from files anyway. */
  private static List<PublicKey> offered(
      List<PublicKey> held, List<KeyPair> keys, Optional<Set<WireKey>> only) {
    var fromFiles = new HashSet<WireKey>();
    keys.forEach(key -> fromFiles.add(WireKey.of(key.getPublic())));
    return held.stream()
        .filter(key -> !fromFiles.contains(WireKey.of(key)))
        .filter(key -> only.isEmpty() || only.get().contains(WireKey.of(key)))
        .toList();
  }

  private static Optional<String> password(SshSettings settings, List<String> problems) {
    try {
      return settings.password().read();
    } catch (IOException e) {
      problems.add("the password cannot be read from its source");
      return Optional.empty();
    }
  }
}
