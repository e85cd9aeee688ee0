package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;

/**
 * What known_hosts says about one host, and the verdict on the key that the host shows. There is no
 * way to accept a key that is not known: the connection is refused, and the advice says what to do.
 *
 * @param name the host's name in known_hosts
 * @param files the files that were consulted
 * @param plain its lines that are no authorities
 * @param authorities the lines of authorities that may certify it
 */
record HostKeys(
    String name,
    int port,
    List<Path> files,
    List<KnownHostsLine> plain,
    List<KnownHostsLine> authorities) {

  /** The reason to refuse the key, or nothing when it is known. */
  Optional<Failure> refusal(PublicKey shown) {
    PublicKey key = shown;
    if (shown instanceof OpenSshCertificate certificate) {
      WireKey authority = WireKey.of(certificate.getCaPubKey());
      if (isRevoked(authority)) {
        return Optional.of(revoked("the authority of its certificate", authority));
      }
      key = certificate.getCertPubKey();
      if (!isRevoked(WireKey.of(key))
          && authorities.stream().anyMatch(line -> line.key().equals(authority))) {
        return Optional.empty();
      }
    }
    return refusalOfPlain(WireKey.of(key), KeyUtils.getKeyType(key));
  }

  private Optional<Failure> refusalOfPlain(WireKey key, String type) {
    if (isRevoked(key)) {
      return Optional.of(revoked("its key", key));
    }
    List<KnownHostsLine> known = plain.stream().filter(line -> !line.revoked()).toList();
    if (known.stream().anyMatch(line -> line.key().equals(key))) {
      return Optional.empty();
    }
    return Optional.of(known.isEmpty() ? unknown(key, type) : changed(key, type, known));
  }

  private boolean isRevoked(WireKey key) {
    return plain.stream().anyMatch(line -> line.revoked() && line.key().equals(key));
  }

  private Failure revoked(String what, WireKey key) {
    return new Failure(
        Kind.HOST_KEY_REVOKED,
        what + " " + key.fingerprint() + " is marked as revoked for " + place(),
        "do not connect; ask whoever runs the host for its new key");
  }

  private Failure unknown(WireKey key, String type) {
    String file = files.isEmpty() ? "known_hosts" : files.get(0).toString();
    return new Failure(
        Kind.HOST_KEY_UNKNOWN,
        place() + " shows a key that is not known: " + type + " " + key.fingerprint(),
        "compare the fingerprint with the host's, then: ssh-keyscan -p "
            + port
            + " "
            + name
            + " >> "
            + file);
  }

  private Failure changed(WireKey key, String type, List<KnownHostsLine> known) {
    String expected =
        known.stream()
            .sorted(Comparator.comparing(line -> !line.type().equals(type)))
            .map(line -> line.type() + " " + line.key().fingerprint())
            .distinct()
            .collect(Collectors.joining(" or "));
    return new Failure(
        Kind.HOST_KEY_MISMATCH,
        place()
            + " shows the key "
            + type
            + " "
            + key.fingerprint()
            + " but is known by "
            + expected,
        "somebody may be in between; if the host was set up anew, remove its old line (ssh-keygen -R "
            + place()
            + ") and add the new key");
  }

  private String place() {
    return port == 22 ? name : "[" + name + "]:" + port;
  }

  /**
   * Puts the host key algorithms first for which a key is known, so that the host shows a key that
   * can be compared.
   */
  List<String> order(List<String> algorithms) {
    return algorithms.stream().sorted(Comparator.comparingInt(this::rank)).toList();
  }

  private int rank(String algorithm) {
    if (KeyUtils.isCertificateAlgorithm(algorithm)) {
      return authorities.isEmpty() ? 3 : 0;
    }
    String type = KeyUtils.getCanonicalKeyType(algorithm);
    return plain.stream().anyMatch(line -> !line.revoked() && line.type().equals(type)) ? 1 : 2;
  }
}
