package dev.holdfast.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets of webhooks. None is kept anywhere: each is derived, when it is needed, from the one
 * key that the nodes have in a private file, and so is in no journal, log or backup of them.
 */
public final class Keys {

  private static final String ALGORITHM = "HmacSHA256";
  private static final String PREFIX = "whsec_";
  private static final int PRINT = 16;

  private final SecretKeySpec key;

  /**
   * @param key 32 bytes or more, as random as can be
   */
  public Keys(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** What the receiver of a webhook is given, to verify with. */
  public String secret(String tenant, String hook) {
    return PREFIX + Base64.getEncoder().encodeToString(bytes(tenant, hook));
  }

  /** Tells this key from others, and nothing about it. */
  String print() {
    return HexFormat.of().formatHex(mac(key, "holdfast webhook key")).substring(0, PRINT);
  }

  /** The value of the header {@code webhook-signature}. */
  String signature(String tenant, String hook, String id, long seconds, String body) {
    var secret = new SecretKeySpec(bytes(tenant, hook), ALGORITHM);
    return "v1," + Base64.getEncoder().encodeToString(mac(secret, id + "." + seconds + "." + body));
  }

  private byte[] bytes(String tenant, String hook) {
    return mac(key, "holdfast webhook secret\n" + tenant + "\n" + hook);
  }

  private static byte[] mac(SecretKeySpec with, String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(with);
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }
}
