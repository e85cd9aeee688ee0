package dev.holdfast.transport.ssh;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Patterns as in ssh_config(5): {@code *}, {@code ?}, and {@code !} for what must not match. */
final class HostPatterns {

  private HostPatterns() {}

  /** Matches a comma-separated list. */
  static boolean match(String patterns, String text) {
    return match(Arrays.asList(patterns.split(",")), text);
  }

  /** True when one pattern matches and none of the negated ones does. */
  static boolean match(List<String> patterns, String text) {
    boolean matched = false;
    for (String pattern : patterns) {
      boolean negated = pattern.startsWith("!");
      if (matchOne(negated ? pattern.substring(1) : pattern, text)) {
        if (negated) {
          return false;
        }
        matched = true;
      }
    }
    return matched;
  }

  /** Linear but for one step back to the latest star. */
  private static boolean matchOne(String raw, String rawText) {
    String pattern = raw.toLowerCase(Locale.ROOT);
    String text = rawText.toLowerCase(Locale.ROOT);
    int p = 0;
    int star = -1;
    int resume = 0;
    for (int t = 0; t < text.length(); ) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = t;
      } else if (p < pattern.length()
          && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
