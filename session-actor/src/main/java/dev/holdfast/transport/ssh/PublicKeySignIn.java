package dev.holdfast.transport.ssh;

import java.io.IOException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.sshd.client.auth.pubkey.KeyPairIdentity;
import org.apache.sshd.client.auth.pubkey.PublicKeyIdentity;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.signature.SignatureFactoriesManager;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * Public key authentication with the {@link Credentials} of a {@link SignIn}. Signing may wait for
 * an agent, and takes milliseconds for RSA, so it is done on a worker, never on an I/O thread.
 */
final class PublicKeySignIn extends UserAuthPublicKey {

  /** Makes one for each session. */
  static final class Factory extends UserAuthPublicKeyFactory {
    private final Executor workers;

    Factory(Executor workers) {
      this.workers = workers;
    }

    @Override
    public UserAuthPublicKey createUserAuth(ClientSession session) throws IOException {
      return new PublicKeySignIn(workers);
    }
  }

  private final Executor workers;

  private PublicKeySignIn(Executor workers) {
    super(null);
    this.workers = workers;
  }

  @Override
  protected Iterator<PublicKeyIdentity> createPublicKeyIterator(
      ClientSession session, SignatureFactoriesManager manager) {
    Credentials credentials = SignIn.of(session).credentials();
    var identities = new ArrayList<PublicKeyIdentity>();
    for (KeyPair key : credentials.keys()) {
      identities.add(new KeyPairIdentity(manager, session, key));
    }
    credentials
        .agent()
        .ifPresent(
            agent ->
                credentials
                    .agentKeys()
                    .forEach(key -> identities.add(new AgentIdentity(agent, key))));
    return identities.iterator();
  }

  @Override
  protected boolean processAuthDataRequest(ClientSession session, String service, Buffer buffer)
      throws Exception {
    Buffer answer = new ByteArrayBuffer(buffer.getCompactData());
    try {
      workers.execute(() -> sign(session, service, answer));
    } catch (RejectedExecutionException closing) {
      throw new IOException("the transport is being closed", closing);
    }
    return true;
  }

  // What a signature throws ends the session, as it would have on the I/O thread.
  private void sign(ClientSession session, String service, Buffer answer) {
    try {
      super.processAuthDataRequest(session, service, answer);
    } catch (Exception e) {
      SignIn.of(session).signingFailed(e);
      session.exceptionCaught(e);
    }
  }

  private record AgentIdentity(AgentSocket agent, PublicKey key) implements PublicKeyIdentity {
    @Override
    public KeyPair getKeyIdentity() {
      return new KeyPair(key, null);
    }

    @Override
    public Map.Entry<String, byte[]> sign(SessionContext session, String algorithm, byte[] data)
        throws IOException {
      return Map.entry(algorithm, agent.sign(key, algorithm, data));
    }
  }
}
