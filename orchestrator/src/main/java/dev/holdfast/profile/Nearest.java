package dev.holdfast.profile;

import java.util.Collection;
import java.util.Comparator;

/** Finds the word that somebody may have meant. */
public final class Nearest {

  private Nearest() {}

  /** The known word with the fewest differences; empty when none is known. */
  public static String of(String word, Collection<String> known) {
    return known.stream().min(Comparator.comparingInt(other -> distance(word, other))).orElse("");
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] last = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] now = new int[b.length() + 1];
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int swap = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        now[j] = Math.min(Math.min(now[j - 1], last[j]) + 1, last[j - 1] + swap);
      }
      last = now;
    }
    return last[b.length()];
  }
}
