package dev.holdfast.transport.ssh;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.common.BaseBuilder;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.io.IoServiceFactoryFactory;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactory;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.threads.SshThreadPoolExecutor;
import org.apache.sshd.core.CoreModuleProperties;

/** Sets up the library's client. */
final class Clients {

  /** Large enough to fill a fast line, small enough for thousands of channels. */
  private static final long WINDOW_BYTES = 2 * 1024 * 1024;

  private static final long PACKET_BYTES = 64 * 1024;

  private Clients() {}

  static SshClient configured(SshSettings settings) {
    SshClient client = ClientBuilder.builder().build(true);
    client.setIoServiceFactoryFactory(ioServices(settings.connectsPerNode()));
    client.setKeyExchangeFactories(kex(settings.kex()));
    client.setSignatureFactories(signatures());
    client.setCipherFactories(ciphers());
    client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setServerKeyVerifier((session, address, key) -> SignIn.of(session).accepts(key));
    client.addSessionListener(new Reports());
    setProperties(client, settings);
    return client;
  }

  private static void setProperties(SshClient client, SshSettings settings) {
    CoreModuleProperties.TCP_NODELAY.set(client, true);
    CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, settings.keepaliveInterval());
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, settings.keepaliveCount());
    // Idle connections are ended by the lease, silent ones by the keepalive, nothing by the
    // library.
    CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.AUTH_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.IO_CONNECT_TIMEOUT.set(client, settings.connectDeadline());
    CoreModuleProperties.WINDOW_SIZE.set(client, WINDOW_BYTES);
    CoreModuleProperties.MAX_PACKET_SIZE.set(client, PACKET_BYTES);
    // An invalid certificate of the host counts as the plain key inside it.
    CoreModuleProperties.ABORT_ON_INVALID_CERTIFICATE.set(client, false);
  }

  static void start(SshClient client, Workshop shop) {
    client.setScheduledExecutorService(shop.timers(), false);
    client.setUserAuthFactories(
        List.of(
            new PublicKeySignIn.Factory(shop.workers()),
            UserAuthKeyboardInteractiveFactory.INSTANCE,
            UserAuthPasswordFactory.INSTANCE));
    client.start();
  }

  /**
   * The library lets a thread wait for each connection that is being made, from a pool that is
   * small by default: a few silent hosts would hold up all others. Here it has room for all that
   * the gate lets in.
   */
  private static IoServiceFactoryFactory ioServices(int connects) {
    return new Nio2ServiceFactoryFactory() {
      @Override
      public IoServiceFactory create(FactoryManager manager) {
        var pool =
            new SshThreadPoolExecutor(
                connects,
                connects,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Workshop.daemons("holdfast-ssh-connect-"));
        pool.allowCoreThreadTimeOut(true);
        return new Nio2ServiceFactory(manager, null, pool);
      }
    };
  }

  private static List<NamedFactory<Signature>> signatures() {
    return BaseBuilder.DEFAULT_SIGNATURE_PREFERENCE.stream()
        .filter(signature -> signature != BuiltinSignatures.rsa && signature.isSupported())
        .<NamedFactory<Signature>>map(signature -> signature)
        .toList();
  }

  /** AES-GCM first: the JDK computes it by the processor's own instructions, ChaCha20 not. */
  private static List<NamedFactory<Cipher>> ciphers() {
    var quick = List.of(BuiltinCiphers.aes128gcm, BuiltinCiphers.aes256gcm);
    return Stream.concat(quick.stream(), BaseBuilder.DEFAULT_CIPHERS_PREFERENCE.stream())
        .distinct()
        .filter(BuiltinCiphers::isSupported)
        .<NamedFactory<Cipher>>map(cipher -> cipher)
        .toList();
  }

  private static List<KeyExchangeFactory> kex(List<String> names) {
    return names.stream()
        .map(BuiltinDHFactories::fromFactoryName)
        .filter(Objects::nonNull)
        .filter(BuiltinDHFactories::isSupported)
        .map(ClientBuilder.DH2KEX)
        .toList();
  }

  /** Carries what the library reports of a session to its {@link SignIn}. */
  private static final class Reports implements SessionListener {

    @Override
    public void sessionNegotiationOptionsCreated(
        Session session, Map<KexProposalOption, String> proposal) {
      String algorithms = proposal.get(KexProposalOption.SERVERKEYS);
      List<String> order = SignIn.of(session).hostKeys().order(List.of(algorithms.split(",")));
      proposal.put(KexProposalOption.SERVERKEYS, String.join(",", order));
    }

    @Override
    public void sessionPeerIdentificationLine(Session session, String line, List<String> lines) {
      if (!line.startsWith("SSH-")) {
        SignIn.of(session).witness().strayLine(line);
      }
    }

    @Override
    public void sessionPeerIdentificationReceived(
        Session session, String version, List<String> lines) {
      SignIn.of(session).greeted();
    }

    @Override
    public void sessionEvent(Session session, Event event) {
      if (event == Event.KeyEstablished) {
        SignIn.of(session).keysExchanged();
      }
    }

    @Override
    public void sessionException(Session session, Throwable error) {
      SignIn.of(session).witness().error(error);
    }

    @Override
    public void sessionDisconnect(
        Session session, int reason, String message, String language, boolean initiator) {
      if (!initiator) {
        SignIn.of(session).witness().goodbye(reason, message);
      }
    }
  }
}
