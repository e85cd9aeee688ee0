package dev.holdfast.transport.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a password or passphrase is read from, each time it is needed, so that a rotated one is
 * used at the next sign-in. A secret itself is never a setting.
 */
public sealed interface SecretSource {

  /**
   * The secret, or nothing when the source holds none.
   *
   * @throws IOException when the source cannot be read; the message names it, never its content
   */
  Optional<String> read() throws IOException;

  /** The first line of a file. */
  record FromFile(Path file) implements SecretSource {
    @Override
    public Optional<String> read() throws IOException {
      return Files.readString(file).lines().findFirst().filter(line -> !line.isEmpty());
    }
  }

  /** A variable of the node's environment. */
  record FromEnvironment(String variable) implements SecretSource {
    @Override
    public Optional<String> read() {
      return Optional.ofNullable(System.getenv(variable)).filter(value -> !value.isEmpty());
    }
  }

  /** Nothing: the secret is not configured. */
  record None() implements SecretSource {
    @Override
    public Optional<String> read() {
      return Optional.empty();
    }
  }
}
