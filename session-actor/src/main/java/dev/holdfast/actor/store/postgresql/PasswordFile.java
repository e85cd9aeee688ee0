package dev.holdfast.actor.store.postgresql;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.postgresql.plugin.AuthenticationPlugin;
import org.postgresql.plugin.AuthenticationRequestType;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/**
 * Gives the driver the password when a server asks for it: the first line of a file, read at each
 * sign-in. So it stands in no configuration, and may be changed while nodes run.
 */
public final class PasswordFile implements AuthenticationPlugin {
  /** The driver's property that names the file. */
  static final String FILE = "holdfastPasswordFile";

  private final String file;

  /** Called by the driver. */
  public PasswordFile(Properties connection) {
    this.file = connection.getProperty(FILE);
  }

  @Override
  public char[] getPassword(AuthenticationRequestType type) throws PSQLException {
    try {
      return Files.readString(Path.of(file)).lines().findFirst().orElse("").toCharArray();
    } catch (IOException e) {
      throw new PSQLException(
          "the password cannot be read from " + file + ": " + e, PSQLState.INVALID_PASSWORD, e);
    }
  }
}
