package dev.holdfast.transport.ssh;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How this node signs in to SSH targets; {@code holdfast.ssh} in {@code reference.conf}, where
 * every key is described with its unit and default.
 *
 * @param user the account when neither the target nor the ssh configuration names one
 * @param configFile an ssh_config(5) file; absent: none is read
 * @param knownHosts the known_hosts files, all of them are consulted; a missing one is empty
 * @param identities key files tried when the ssh configuration names none; a missing one is skipped
 * @param agentSocket the socket of an ssh-agent; absent: no agent is asked
 * @param passphrase for encrypted key files
 * @param password for targets that accept one; tried last
 * @param connectDeadline for one sign-in as a whole: name, connection, keys, authentication
 * @param keepaliveInterval between two keepalives on an idle connection
 * @param keepaliveCount unanswered keepalives after which a connection is taken as lost
 * @param kex key exchanges in order of preference, by their SSH names
 * @param linger how long an unused connection is kept for the next borrower
 * @param maxChannels channels on one connection before a further connection is opened
 * @param connectsPerTarget sign-ins in progress at once to one host and port
 * @param connectsPerNode sign-ins in progress at once on this node
 */
public record SshSettings(
    String user,
    Optional<Path> configFile,
    List<Path> knownHosts,
    List<Path> identities,
    Optional<Path> agentSocket,
    SecretSource passphrase,
    SecretSource password,
    Duration connectDeadline,
    Duration keepaliveInterval,
    int keepaliveCount,
    List<String> kex,
    Duration linger,
    int maxChannels,
    int connectsPerTarget,
    int connectsPerNode) {

  public SshSettings {
    Objects.requireNonNull(user);
    Objects.requireNonNull(configFile);
    knownHosts = List.copyOf(knownHosts);
    identities = List.copyOf(identities);
    Objects.requireNonNull(agentSocket);
    Objects.requireNonNull(passphrase);
    Objects.requireNonNull(password);
    atLeastOne("connect-deadline", connectDeadline.toMillis());
    atLeastOne("keepalive-interval", keepaliveInterval.toMillis());
    atLeastOne("keepalive-count", keepaliveCount);
    kex = List.copyOf(kex);
    atLeastOne("kex", kex.size());
    atLeastOne("linger", linger.toMillis() + 1);
    atLeastOne("max-channels", maxChannels);
    atLeastOne("connects-per-target", connectsPerTarget);
    atLeastOne("connects-per-node", connectsPerNode);
  }

  private static void atLeastOne(String key, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("holdfast.ssh." + key + " is too small");
    }
  }

  /**
   * Reads the block {@code holdfast.ssh} of a configuration that includes {@code reference.conf}.
   *
   * @throws IllegalArgumentException for a key that does not exist or a value out of its range
   * @throws com.typesafe.config.ConfigException for a missing key or a value of a wrong type
   */
  public static SshSettings from(Config root) {
    return SshSettingsReader.read(root.getConfig("holdfast.ssh"));
  }
}
