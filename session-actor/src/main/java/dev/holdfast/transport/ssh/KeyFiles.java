package dev.holdfast.transport.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.security.SecurityUtils;

/**
 * Private keys from files, with the certificates beside them. What was read is kept until the file
 * changes, because opening an encrypted key is slow on purpose.
 */
final class KeyFiles {

  private record Stamp(Path file, FileTime changed, long size) {}

  private final Map<Path, Map.Entry<Stamp, List<KeyPair>>> opened = new ConcurrentHashMap<>();
  private final SecretSource passphrase;

  KeyFiles(SecretSource passphrase) {
    this.passphrase = passphrase;
  }

  /**
   * The key of a file, after its certificate if there is one. Blocks on the disk and the processor.
   *
   * @throws IOException when the key cannot be used; the message is fit for people
   */
  List<KeyPair> open(Path file) throws IOException {
    Stamp stamp = stamp(file);
    var known = opened.get(file);
    if (known == null || !known.getKey().equals(stamp)) {
      known = Map.entry(stamp, List.copyOf(read(file)));
      opened.put(file, known);
    }
    var pairs = new ArrayList<KeyPair>();
    Optional<PublicKey> certificate = publicKey(Path.of(file + "-cert.pub"));
    if (certificate.isPresent() && certificate.get() instanceof OpenSshCertificate) {
      known.getValue().forEach(key -> pairs.add(new KeyPair(certificate.get(), key.getPrivate())));
    }
    pairs.addAll(known.getValue());
    return pairs;
  }

  /** The public half of a key file, from the {@code .pub} beside it. */
  static Optional<PublicKey> publicHalf(Path file) {
    return publicKey(Path.of(file + ".pub"));
  }

  private static Stamp stamp(Path file) throws IOException {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(file, attributes.lastModifiedTime(), attributes.size());
    } catch (IOException e) {
      throw new IOException("there is no readable key file " + file, e);
    }
  }

  private List<KeyPair> read(Path file) throws IOException {
    var asked = new Passphrase();
    var pairs = new ArrayList<KeyPair>();
    try (InputStream bytes = Files.newInputStream(file)) {
      var found =
          SecurityUtils.loadKeyPairIdentities(
              null, NamedResource.ofName(file.toString()), bytes, asked);
      if (found != null) {
        found.forEach(pairs::add);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new IOException(asked.problem(file), e);
    }
    if (pairs.isEmpty()) {
      throw new IOException(asked.problem(file));
    }
    return pairs;
  }

  private static Optional<PublicKey> publicKey(Path file) {
    try {
      String line = Files.readString(file).lines().findFirst().orElse("");
      return Optional.ofNullable(
          PublicKeyEntry.parsePublicKeyEntry(line)
              .resolvePublicKey(null, Map.of(), PublicKeyEntryResolver.IGNORING));
    } catch (IOException | GeneralSecurityException | RuntimeException unusable) {
      return Optional.empty();
    }
  }

  /** Gives the configured passphrase and remembers whether it was wanted. */
  private final class Passphrase implements FilePasswordProvider {
    private boolean wanted;
    private boolean given;

    @Override
    public String getPassword(SessionContext session, NamedResource key, int retry)
        throws IOException {
      wanted = true;
      Optional<String> text = passphrase.read();
      given = text.isPresent();
      return text.orElse(null);
    }

    String problem(Path file) {
      if (!wanted) {
        return file + " cannot be read, or is no private key in a known format";
      }
      return given
          ? "the configured passphrase does not open " + file
          : file + " is encrypted and there is no passphrase for it";
    }
  }
}
