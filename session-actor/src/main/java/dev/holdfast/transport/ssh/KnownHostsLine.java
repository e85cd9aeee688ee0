package dev.holdfast.transport.ssh;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One line of a known_hosts file: {@code [marker] hosts keytype base64 [comment]}.
 *
 * @param marker {@code @cert-authority}, {@code @revoked} or empty
 * @param hosts comma-separated patterns, or one hashed name
 * @param type the key's type, for example {@code ssh-ed25519}
 * @param key the key as it travels on the wire
 */
record KnownHostsLine(String marker, String hosts, String type, WireKey key) {

  private static final Pattern HASHED = Pattern.compile("\\|1\\|([^|]+)\\|([^|]+)");

  static Optional<KnownHostsLine> parse(String text) {
    List<String> fields = Arrays.asList(text.strip().split("\\s+"));
    if (fields.get(0).isEmpty() || fields.get(0).startsWith("#")) {
      return Optional.empty();
    }
    String marker = fields.get(0).startsWith("@") ? fields.get(0) : "";
    int first = marker.isEmpty() ? 0 : 1;
    if (fields.size() < first + 3
        || !(marker.isEmpty() || List.of("@cert-authority", "@revoked").contains(marker))) {
      return Optional.empty();
    }
    try {
      byte[] key = Base64.getDecoder().decode(fields.get(first + 2));
      return Optional.of(
          new KnownHostsLine(marker, fields.get(first), fields.get(first + 1), new WireKey(key)));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }

  boolean authority() {
    return marker.equals("@cert-authority");
  }

  boolean revoked() {
    return marker.equals("@revoked");
  }

  /** Whether the line is about this host: {@code name} for port 22, else {@code [name]:port}. */
  boolean matches(String name, int port) {
    String lower = name.toLowerCase(Locale.ROOT);
    String wanted = port == 22 ? lower : "[" + lower + "]:" + port;
    return hosts.startsWith("|1|") ? hashMatches(wanted) : HostPatterns.match(hosts, wanted);
  }

  private boolean hashMatches(String wanted) {
    Matcher parts = HASHED.matcher(hosts);
    if (!parts.matches()) {
      return false;
    }
    try {
      Mac mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(Base64.getDecoder().decode(parts.group(1)), "HmacSHA1"));
      return MessageDigest.isEqual(
          mac.doFinal(wanted.getBytes(US_ASCII)), Base64.getDecoder().decode(parts.group(2)));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }
}
