package dev.holdfast.node;

import com.typesafe.config.Config;
import dev.holdfast.security.PrivateFile;
import dev.holdfast.webhook.Delivery;
import dev.holdfast.webhook.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/** The settings below {@code holdfast.webhooks}, typed. */
record WebhookSettings(Optional<Path> keyFile, Delivery delivery) {

  private static final int KEY_BYTES = 32;
  private static final int MOST_ATTEMPTS = 100;
  private static final Duration DAY = Duration.ofDays(1);

  static WebhookSettings of(Config c) {
    String file = c.getString("key-file");
    int attempts = c.getInt("attempts");
    if (attempts < 1 || attempts > MOST_ATTEMPTS) {
      throw new IllegalArgumentException(
          "holdfast.webhooks.attempts must be from 1 to " + MOST_ATTEMPTS + ", not " + attempts);
    }
    return new WebhookSettings(
        file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file)),
        new Delivery(
            attempts,
            upToADay(c, "first-pause"),
            upToADay(c, "longest-pause"),
            upToADay(c, "deadline")));
  }

  private static Duration upToADay(Config c, String key) {
    Duration value = c.getDuration(key);
    if (value.toMillis() < 1 || value.compareTo(DAY) > 0) {
      throw new IllegalArgumentException(
          "holdfast.webhooks." + key + " must be from 1 ms to 1 d, not " + value);
    }
    return value;
  }

  /**
   * The key of the secrets; empty on a node of several that was given none.
   *
   * @throws IOException with a line for people when the file cannot be used
   */
  Optional<Keys> keys(Path data, boolean alone) throws IOException {
    if (keyFile.isEmpty() && !alone) {
      return Optional.empty();
    }
    Path file = keyFile.orElse(data.resolve("webhook-key"));
    if (keyFile.isEmpty() && !Files.exists(file)) {
      byte[] fresh = new byte[KEY_BYTES];
      new SecureRandom().nextBytes(fresh);
      PrivateFile.write(file, Base64.getEncoder().encodeToString(fresh) + "\n");
    }
    if (!Files.isReadable(file)) {
      throw new IOException("the webhook key " + file + " is not there or cannot be read");
    }
    if (!PrivateFile.isPrivate(file)) {
      throw new IOException(
          "the webhook key " + file + " may be read by others; make it mode 0600");
    }
    String key = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    if (key.length() < KEY_BYTES) {
      throw new IOException(
          "the webhook key " + file + " is too short: " + KEY_BYTES + " bytes at least");
    }
    return Optional.of(new Keys(key.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
