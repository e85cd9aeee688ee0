package dev.holdfast.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.regex.Pattern;

/**
 * Session ids: 12 characters of a-z and 2-7, 60 bits. With an idempotency key the id follows from
 * tenant and key, so that asking again meets the same session on whatever node.
 */
final class Ids {

  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int LENGTH = 12;
  private static final Pattern WHOLE = Pattern.compile("[a-z2-7]{" + LENGTH + "}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  static boolean isWhole(String text) {
    return WHOLE.matcher(text).matches();
  }

  static String fresh() {
    byte[] bytes = new byte[LENGTH];
    RANDOM.nextBytes(bytes);
    return spell(bytes);
  }

  static String of(String tenant, String key) {
    try {
      return spell(
          MessageDigest.getInstance("SHA-256")
              .digest((tenant + "\0" + key).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static String spell(byte[] bytes) {
    StringBuilder id = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      id.append(ALPHABET.charAt(bytes[i] & 31));
    }
    return id.toString();
  }
}
