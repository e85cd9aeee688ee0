package dev.holdfast.transport.ssh;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/** A public key as it travels on the wire; two keys are equal when their bytes are. */
final class WireKey {

  private final byte[] bytes;

  WireKey(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  static WireKey of(PublicKey key) {
    var buffer = new ByteArrayBuffer();
    buffer.putRawPublicKey(key);
    return new WireKey(buffer.getCompactData());
  }

  /** The fingerprint as OpenSSH shows it: {@code SHA256:} and unpadded base64. */
  String fingerprint() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WireKey that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return fingerprint();
  }
}
