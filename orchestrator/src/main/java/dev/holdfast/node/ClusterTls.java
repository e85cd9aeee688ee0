package dev.holdfast.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.pekko.pki.pem.DERPrivateKeyLoader;
import org.apache.pekko.pki.pem.PEMDecoder;

/**
 * With what the nodes of a cluster prove to each other that they belong to it: PEM files. Both
 * sides of a connection show a certificate; each must be issued by the cluster's authority and have
 * a name (common name or DNS name) that the other's has, too. So a certificate of the same
 * authority for something else does not open the cluster. Host names are not compared with
 * addresses.
 *
 * <p>Pekko's {@code RotatingKeysSSLEngineProvider} does this; it reads the files again every five
 * minutes. Its limits are ours: keys are RSA, and {@code ca} itself has signed {@code cert}.
 *
 * @param cert the certificate of this node
 * @param key its private key, PKCS#8 or PKCS#1, without a passphrase
 * @param ca the certificate of the authority
 */
record ClusterTls(Path cert, Path key, Path ca) {

  private static final String PROVIDER =
      "org.apache.pekko.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider";
  private static final String PROTOCOL = "TLSv1.3";

  /**
   * Reads {@code holdfast.cluster.tls}.
   *
   * @throws IllegalArgumentException with a line for people when only a part of it is set
   */
  static Optional<ClusterTls> of(Config tls) {
    var files = List.of(tls.getString("cert"), tls.getString("key"), tls.getString("ca"));
    if (files.stream().allMatch(String::isEmpty)) {
      return Optional.empty();
    }
    if (files.contains("")) {
      throw new IllegalArgumentException(
          "holdfast.cluster.tls.cert, .key and .ca belong together; only a part of them is set");
    }
    return Optional.of(
        new ClusterTls(Path.of(files.get(0)), Path.of(files.get(1)), Path.of(files.get(2))));
  }

  /** What Pekko is told of it. */
  Config pekko() {
    return ConfigFactory.parseMap(
            Map.of(
                "transport",
                "tls-tcp",
                "ssl.ssl-engine-provider",
                PROVIDER,
                "ssl.rotating-keys-engine.protocol",
                PROTOCOL,
                "ssl.rotating-keys-engine.cert-file",
                cert.toString(),
                "ssl.rotating-keys-engine.key-file",
                key.toString(),
                "ssl.rotating-keys-engine.ca-cert-file",
                ca.toString()))
        .atPath("pekko.remote.artery");
  }

  /** The certificate of this node. */
  X509Certificate own() {
    return certificate(cert);
  }

  /**
   * Reads the files as Pekko will, and checks that they fit together.
   *
   * @throws IllegalArgumentException with a line for people when they do not
   */
  SSLContext context() {
    X509Certificate own = own();
    X509Certificate authority = certificate(ca);
    PrivateKey secret = privateKey();
    try {
      own.checkValidity();
      own.verify(authority.getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the certificate "
              + cert
              + " is not valid now, or "
              + ca
              + " has not issued it: "
              + e.getMessage(),
          e);
    }
    if (!(own.getPublicKey() instanceof RSAPublicKey open)
        || !open.getModulus().equals(((RSAPrivateKey) secret).getModulus())) {
      throw new IllegalArgumentException(
          "the key " + key + " is not that of the certificate " + cert);
    }
    try {
      return context(own, authority, secret);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "TLS between nodes cannot be set up: " + e.getMessage(), e);
    }
  }

  private static SSLContext context(
      X509Certificate own, X509Certificate authority, PrivateKey secret)
      throws GeneralSecurityException, IOException {
    char[] none = new char[0];
    var keys = KeyStore.getInstance("PKCS12");
    keys.load(null, none);
    keys.setKeyEntry("own", secret, none, new X509Certificate[] {own, authority});
    keys.setCertificateEntry("authority", authority);
    var shown = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    shown.init(keys, none);
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, none);
    trusted.setCertificateEntry("authority", authority);
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = SSLContext.getInstance(PROTOCOL);
    context.init(shown.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private PrivateKey privateKey() {
    try {
      return DERPrivateKeyLoader.load(PEMDecoder.decode(Files.readString(key)));
    } catch (IOException e) {
      throw new IllegalArgumentException("the key " + key + " cannot be read", e);
    } catch (Exception e) {
      // Scala declares nothing: a PEMLoadingException, or an InvalidKeySpecException.
      throw new IllegalArgumentException(
          "the key " + key + " must be PEM, PKCS#8, RSA, and have no passphrase: " + e.getMessage(),
          e);
    }
  }

  private static X509Certificate certificate(Path file) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new IllegalArgumentException("the certificate " + file + " cannot be read", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the certificate " + file + " must be PEM: " + e.getMessage(), e);
    }
  }
}
