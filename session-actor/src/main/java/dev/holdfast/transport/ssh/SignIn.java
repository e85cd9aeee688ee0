package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.config.hosts.HostConfigEntry;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.client.session.AbstractClientSession;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.session.SessionContext;

/**
 * One attempt to sign in to the end of a {@link Route}, in steps: borrow the jump host if there is
 * one, wait for a turn, find the addresses, read what is needed from disk and agent, connect to one
 * after the other, exchange keys, authenticate. The steps share one deadline; what a step has taken
 * is given back when the attempt is over, whichever step it ends in. A host that does not exist is
 * said to be one before anybody asks for keys to it.
 *
 * <p>It hangs on its session as an attribute, so that what the library reports of a session reaches
 * it, and it is the witness that tells afterwards why a connection failed or was lost.
 */
final class SignIn {

  private static final AttributeKey<SignIn> ATTRIBUTE = new AttributeKey<>();

  /** What is being waited for, in words that complete "timed out while ...". */
  private enum Step {
    JUMP("connecting to the jump host"),
    TURN("waiting for its turn among other sign-ins"),
    NAME("looking up the host name"),
    PREPARATION("reading keys and known hosts"),
    CONNECTION("connecting"),
    GREETING("waiting for the SSH greeting"),
    KEYS("exchanging keys"),
    AUTHENTICATION("authenticating"),
    DONE("signed in");

    private final String words;

    Step(String words) {
      this.words = words;
    }
  }

  private final Route route;
  private final Workshop shop;
  private final CompletableFuture<Link> result = new CompletableFuture<>();
  private final Witness witness;
  private final List<Runnable> afterwards = new ArrayList<>();
  private final List<Runnable> afterFailure = new ArrayList<>();
  private boolean over;
  private volatile Step step = Step.JUMP;
  private volatile HostKeys hostKeys;
  private volatile Credentials credentials;

  SignIn(Route route, Workshop shop) {
    this.route = route;
    this.shop = shop;
    this.witness = new Witness(route.hop());
  }

  static SignIn of(SessionContext session) {
    return ((AbstractClientSession) session).getConnectionContext().getAttribute(ATTRIBUTE);
  }

  Credentials credentials() {
    return credentials;
  }

  HostKeys hostKeys() {
    return hostKeys;
  }

  Witness witness() {
    return witness;
  }

  String progress() {
    return step.words;
  }

  /** Begins; the stage completes with a link, or with a {@link TransportException}. */
  CompletableFuture<Link> start() {
    Duration deadline = shop.settings().connectDeadline();
    ScheduledFuture<?> alarm;
    try {
      alarm =
          shop.timers().schedule(() -> late(deadline), deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      fail(new Failure(Kind.LINK_LOST, "the transport is closed", "open another one"));
      return result;
    }
    finallyDo(() -> alarm.cancel(false));
    var unused =
        borrowJumpHost()
            .thenCompose(this::waitForTurn)
            .thenCompose(this::lookUp)
            .thenCompose(this::prepare)
            .thenCompose(this::connectToAny)
            .thenCompose(this::authenticate)
            .whenComplete(
                (session, error) -> {
                  if (error == null) {
                    succeed(session);
                  } else {
                    fail(witness.why(error, step == Step.AUTHENTICATION, credentials));
                  }
                });
    return result;
  }

  private CompletableFuture<Optional<Lease>> borrowJumpHost() {
    if (route.via().isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return shop.borrow(route.via().get())
        .handle(
            (lease, error) -> {
              if (error != null) {
                throw new java.util.concurrent.CompletionException(
                    new TransportException(ofJump(Failure.of(error))));
              }
              onFailureDo(lease::close);
              return Optional.of(lease);
            });
  }

  private Failure ofJump(Failure failure) {
    String cause =
        "the jump host " + route.via().orElseThrow().hop().place() + ": " + failure.cause();
    return new Failure(failure.kind(), cause, failure.advice());
  }

  private CompletableFuture<Optional<Lease>> waitForTurn(Optional<Lease> jump) {
    step = Step.TURN;
    CompletableFuture<Runnable> turn = shop.gate().enter(route.hop().place());
    finallyDo(() -> turn.cancel(false));
    return turn.thenApply(
        leave -> {
          finallyDo(leave);
          return jump;
        });
  }

  /** Where the host is: at an address, or behind the jump host, which looks it up itself. */
  private record Door(Optional<Lease> jump, List<InetSocketAddress> addresses) {}

  private CompletableFuture<Door> lookUp(Optional<Lease> jump) {
    if (jump.isPresent()) {
      return CompletableFuture.completedFuture(new Door(jump, List.of()));
    }
    step = Step.NAME;
    Hop hop = route.hop();
    return shop.onNames(
        () -> {
          var addresses = new ArrayList<InetSocketAddress>();
          for (InetAddress address : InetAddress.getAllByName(hop.host())) {
            addresses.add(new InetSocketAddress(address, hop.port()));
          }
          return new Door(Optional.empty(), addresses);
        });
  }

  private CompletableFuture<Door> prepare(Door door) {
    step = Step.PREPARATION;
    Hop hop = route.hop();
    return shop.onWorker(
            () -> {
              hostKeys = shop.knownHosts().about(hop.keyName(), hop.port(), hop.knownHosts());
              credentials = Credentials.gather(hop, shop.settings(), shop.keyFiles());
              if (credentials.none()) {
                throw noCredentials();
              }
              return door;
            })
        .thenCompose(
            ready ->
                ready.jump().isPresent()
                    ? tunnel(ready.jump().get())
                    : CompletableFuture.completedFuture(ready));
  }

  private TransportException noCredentials() {
    return new TransportException(
        Kind.CREDENTIAL,
        credentials.problems().isEmpty()
            ? "there is no key, agent or password to sign in with"
            : String.join("; ", credentials.problems()),
        "give the node a key (holdfast.ssh.identities), an agent (SSH_AUTH_SOCK) or a password file");
  }

  private CompletableFuture<Door> tunnel(Lease jump) {
    step = Step.CONNECTION;
    return jump.link()
        .tunnel(route.hop())
        .thenApply(
            tunnel -> {
              onFailureDo(tunnel::close);
              return new Door(Optional.of(jump), List.of(tunnel.entrance()));
            });
  }

  private CompletableFuture<ClientSession> connectToAny(Door door) {
    step = Step.CONNECTION;
    return connect(door, 0);
  }

  private CompletableFuture<ClientSession> connect(Door door, int index) {
    boolean last = index + 1 == door.addresses().size();
    return connectTo(door, door.addresses().get(index))
        .exceptionallyCompose(
            error ->
                last || result.isDone()
                    ? CompletableFuture.failedFuture(error)
                    : connect(door, index + 1));
  }

  private CompletableFuture<ClientSession> connectTo(Door door, InetSocketAddress address) {
    var connected = new CompletableFuture<ClientSession>();
    Hop hop = route.hop();
    var entry =
        new HostConfigEntry(
            "", address.getAddress().getHostAddress(), address.getPort(), hop.user());
    entry.setIdentitiesOnly(true);
    try {
      ConnectFuture future =
          shop.client().connect(entry, AttributeRepository.ofKeyValuePair(ATTRIBUTE, this), null);
      onFailureDo(future::cancel);
      future.addListener(
          done -> {
            if (done.isConnected()) {
              connected.complete(adopt(done.getClientSession(), door));
            } else {
              connected.completeExceptionally(
                  done.getException() == null ? new IOException("cancelled") : done.getException());
            }
          });
    } catch (IOException | RuntimeException e) {
      connected.completeExceptionally(e);
    }
    return connected;
  }

  /** Takes the session over before it has read anything. */
  private ClientSession adopt(ClientSession session, Door door) {
    step = Step.GREETING;
    Hop hop = route.hop();
    // Certificates of the host are valid for its name, not for the address it was found at.
    ((AbstractClientSession) session)
        .setConnectAddress(InetSocketAddress.createUnresolved(hop.keyName(), hop.port()));
    door.jump().ifPresent(jump -> session.addCloseFutureListener(closed -> jump.close()));
    onFailureDo(() -> session.close(true));
    return session;
  }

  private CompletableFuture<ClientSession> authenticate(ClientSession session) {
    var authenticated = new CompletableFuture<ClientSession>();
    credentials.password().ifPresent(session::addPasswordIdentity);
    try {
      session
          .auth()
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  authenticated.complete(session);
                } else {
                  authenticated.completeExceptionally(
                      done.getException() == null
                          ? new IOException("cancelled")
                          : done.getException());
                }
              });
    } catch (IOException | RuntimeException e) {
      authenticated.completeExceptionally(e);
    }
    return authenticated;
  }

  void greeted() {
    step = Step.KEYS;
  }

  void keysExchanged() {
    if (step == Step.KEYS) {
      step = Step.AUTHENTICATION;
    }
  }

  /** The reason to refuse the key that the host shows is kept as the reason of the failure. */
  boolean accepts(PublicKey hostKey) {
    Optional<Failure> refusal = hostKeys.refusal(hostKey);
    refusal.ifPresent(witness::verdict);
    return refusal.isEmpty();
  }

  void signingFailed(Exception error) {
    witness.verdict(
        new Failure(
            Kind.CREDENTIAL,
            "a key could not be used to sign: " + error.getMessage(),
            "see that the ssh-agent runs and has the key"));
  }

  private void late(Duration deadline) {
    fail(
        new Failure(
            Kind.TIMED_OUT,
            route.hop().place()
                + " timed out after "
                + deadline.toMillis()
                + " ms, while "
                + step.words,
            "see whether the host is up and answers on this port"));
  }

  private void succeed(ClientSession session) {
    step = Step.DONE;
    settle(false);
    var link = new Link(session, witness);
    if (!result.complete(link)) {
      link.close();
    }
  }

  /** The first failure counts: giving things back causes others. */
  private void fail(Failure failure) {
    result.completeExceptionally(new TransportException(failure));
    settle(true);
  }

  /** Gives back what was taken, but not what now belongs to the link. */
  private void settle(boolean failed) {
    var due = new ArrayList<Runnable>();
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      due.addAll(afterwards);
      if (failed) {
        due.addAll(afterFailure);
      }
    }
    due.forEach(Runnable::run);
  }

  private void finallyDo(Runnable release) {
    keep(afterwards, release);
  }

  private void onFailureDo(Runnable release) {
    keep(afterFailure, release);
  }

  private void keep(List<Runnable> list, Runnable release) {
    synchronized (this) {
      if (!over) {
        list.add(release);
        return;
      }
    }
    release.run();
  }
}
