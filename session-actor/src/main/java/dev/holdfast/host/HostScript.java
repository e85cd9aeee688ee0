package dev.holdfast.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The host script, as it is sent to targets. Its name on a target carries a hash of its text, so
 * that several versions live side by side and a file that is there is the right one.
 */
public final class HostScript {

  private static final String RESOURCE = "holdfast-host.sh";

  private final byte[] text;
  private final String fileName;

  HostScript(byte[] text) {
    this.text = text.clone();
    this.fileName = "host-" + sha256(text).substring(0, 16) + ".sh";
  }

  /** The script shipped with this program. */
  public static HostScript shipped() {
    try (InputStream resource = HostScript.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException(RESOURCE + " is missing from this program");
      }
      return new HostScript(resource.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its name in the target's root directory: {@code host-<16 hex digits>.sh}. */
  public String fileName() {
    return fileName;
  }

  ByteBuffer text() {
    return ByteBuffer.wrap(text).asReadOnlyBuffer();
  }

  int size() {
    return text.length;
  }

  private static String sha256(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
