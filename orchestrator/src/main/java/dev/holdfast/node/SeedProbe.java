package dev.holdfast.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Looks at a seed from outside: whether anybody listens there, and whether the two could talk to
 * each other at all. Pekko tells nobody why a seed does not answer; a node would ask for ever, or,
 * if it is the first seed, begin a cluster of its own beside the one there is.
 *
 * @param tls with what this node speaks; empty: in the clear
 */
record SeedProbe(Optional<ClusterTls> tls) {

  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration HANDSHAKE = Duration.ofSeconds(5);

  /** A seed that does not accept our certificate hangs up after the handshake, this soon. */
  private static final Duration SECOND_THOUGHT = Duration.ofMillis(500);

  private static final Found HANGS_UP =
      new Found(false, "hangs up: it is stopping, or has no holdfast.cluster.tls");

  /** DNS names among the alternative names of a certificate. */
  private static final Integer DNS = 2;

  /**
   * What was found.
   *
   * @param hopeless whether the two cannot talk before one of them is set up otherwise
   * @param said what follows the seed's address
   */
  record Found(boolean hopeless, String said) {}

  /** Looks at a seed, {@code HOST:PORT}; takes some seconds at most. */
  Found at(String seed) {
    int colon = seed.lastIndexOf(':');
    String host = seed.substring(0, colon).replaceAll("[\\[\\]]", "");
    int port = Integer.parseInt(seed.substring(colon + 1));
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) CONNECT.toMillis());
      socket.setSoTimeout((int) HANDSHAKE.toMillis());
      return tls.isPresent() ? withTls(tls.get(), socket, host) : inTheClear(socket, host);
    } catch (IOException e) {
      return new Found(false, "does not answer (" + e.getMessage() + ")");
    }
  }

  private static Found withTls(ClusterTls tls, Socket socket, String host) throws IOException {
    var secured = layer(tls.context(), socket, host);
    try {
      secured.startHandshake();
    } catch (SocketTimeoutException e) {
      return new Found(false, "listens, but does not go on with TLS");
    } catch (IOException e) {
      return isOfCertificates(e)
          ? new Found(true, "shows a certificate that " + tls.ca() + " has not issued")
          : endedBy(e, tls);
    }
    var peer = (X509Certificate) secured.getSession().getPeerCertificates()[0];
    if (Collections.disjoint(names(peer), names(tls.own()))) {
      return new Found(
          true,
          "shows a certificate for "
              + names(peer)
              + ", which has no name in common with "
              + names(tls.own())
              + " in "
              + tls.cert());
    }
    return afterHandshake(tls, secured);
  }

  private static Found afterHandshake(ClusterTls tls, SSLSocket secured) throws IOException {
    secured.setSoTimeout((int) SECOND_THOUGHT.toMillis());
    try {
      if (secured.getInputStream().read() >= 0) {
        return new Found(false, "speaks another protocol");
      }
    } catch (SocketTimeoutException e) {
      return new Found(false, "is there, but has not let this node in");
    } catch (IOException e) {
      return endedBy(e, tls);
    }
    return HANGS_UP;
  }

  /** An alert is an answer; a connection that just ends may be that of a seed which is stopping. */
  private static Found endedBy(IOException e, ClusterTls tls) {
    return String.valueOf(e.getMessage()).contains("fatal alert")
        ? new Found(
            true,
            "does not accept TLS with the certificate " + tls.cert() + " (" + e.getMessage() + ")")
        : HANGS_UP;
  }

  private static Found inTheClear(Socket socket, String host) {
    try {
      layer(SSLContext.getDefault(), socket, host).startHandshake();
    } catch (IOException e) {
      if (!isOfCertificates(e)) {
        return new Found(false, "is there, but has not let this node in");
      }
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
    return new Found(true, "speaks TLS, and this node has no holdfast.cluster.tls");
  }

  private static SSLSocket layer(SSLContext context, Socket socket, String host)
      throws IOException {
    return (SSLSocket)
        context.getSocketFactory().createSocket(socket, host, socket.getPort(), true);
  }

  private static boolean isOfCertificates(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  private static Set<String> names(X509Certificate certificate) {
    var names = new HashSet<String>();
    try {
      new LdapName(certificate.getSubjectX500Principal().getName())
          .getRdns().stream()
              .filter(part -> part.getType().equalsIgnoreCase("CN"))
              .forEach(part -> names.add(part.getValue().toString()));
      var others = certificate.getSubjectAlternativeNames();
      for (List<?> other : others == null ? List.<List<?>>of() : others) {
        if (DNS.equals(other.get(0))) {
          names.add((String) other.get(1));
        }
      }
    } catch (InvalidNameException | CertificateException e) {
      throw new IllegalArgumentException("a certificate has a malformed name", e);
    }
    return names;
  }
}
