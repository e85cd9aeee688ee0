package dev.holdfast.rig;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.regex.Pattern;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that issues certificates to the nodes of a cluster, in a directory of its own. */
public final class Authority {

  private static final Duration LIFE = Duration.ofDays(1);
  private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  private final Path directory;
  private final X500Principal name;
  private final KeyPair keys;

  /** Makes a new one; no other knows its key. */
  public Authority(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.name = new X500Principal("CN=authority of " + directory.getFileName());
    this.keys = newKeys();
    write("ca.pem", "CERTIFICATE", certificate(name, "", keys, true));
  }

  /**
   * Issues a certificate.
   *
   * @param owner its common name, and the name of its files
   * @param alias a DNS name or an IP address (version 4) that it has besides
   * @return the block {@code holdfast.cluster.tls} for who has it
   */
  public String issue(String owner, String alias) throws IOException {
    KeyPair own = newKeys();
    byte[] issued = certificate(new X500Principal("CN=" + owner), alias, own, false);
    Path certificate = write(owner + ".pem", "CERTIFICATE", issued);
    Path key = write(owner + ".key", "PRIVATE KEY", own.getPrivate().getEncoded());
    return "{ cert = \"%s\", key = \"%s\", ca = \"%s\" }"
        .formatted(certificate, key, certificate());
  }

  /** Its own certificate, which those have who trust it. */
  public Path certificate() {
    return directory.resolve("ca.pem");
  }

  private byte[] certificate(X500Principal subject, String alias, KeyPair of, boolean isAuthority)
      throws IOException {
    Instant now = Clock.systemUTC().instant();
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              new BigInteger(64, new SecureRandom()),
              Date.from(now.minus(LIFE)),
              Date.from(now.plus(LIFE)),
              subject,
              of.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      if (!alias.isEmpty()) {
        int kind = ADDRESS.matcher(alias).matches() ? GeneralName.iPAddress : GeneralName.dNSName;
        var names = new GeneralNames(new GeneralName(kind, alias));
        builder.addExtension(Extension.subjectAlternativeName, false, names);
      }
      var signer = new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate());
      return builder.build(signer).getEncoded();
    } catch (OperatorCreationException e) {
      throw new IOException(e);
    }
  }

  private static KeyPair newKeys() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has RSA", e);
    }
  }

  private Path write(String file, String what, byte[] bytes) throws IOException {
    var lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return Files.writeString(
        directory.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(what, lines.encodeToString(bytes), what));
  }
}
