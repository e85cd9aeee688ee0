package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is to be copied, as the arguments say it.
 *
 * @param up whether from this machine to sessions
 * @param sources what is copied
 * @param selectors the sessions it goes to; none for a copy to this machine
 * @param destination a path, here or there
 * @param into whether the destination must be a directory that is there
 */
record CopyPlan(
    boolean up, List<Source> sources, List<String> selectors, String destination, boolean into) {

  /** A label has a {@code :} of its own; no id and no name has one, or a slash. */
  private static final Pattern REMOTE =
      Pattern.compile("(label:[^:=/]+=[^:]*|[^:/]+):(.*)", Pattern.DOTALL);

  /** A path, here or, with selectors, there. */
  record Source(List<String> selectors, String path) {}

  /**
   * Reads the arguments.
   *
   * @param to sessions that were named by themselves; then no argument has one
   */
  static CopyPlan of(List<String> places, List<String> to) {
    List<String> from = places.subList(0, places.size() - 1);
    String last = places.get(places.size() - 1);
    if (!to.isEmpty()) {
      return up(from, to, last);
    }
    Optional<Source> there = remote(last);
    if (there.isPresent()) {
      if (from.stream().anyMatch(text -> remote(text).isPresent())) {
        throw Failed.usage(
            "a copy from one session to another is none of one step",
            "copy to this machine first, and then on");
      }
      return up(from, there.get().selectors(), there.get().path());
    }
    var sources = new ArrayList<Source>();
    for (String text : from) {
      sources.add(
          remote(text)
              .orElseThrow(
                  () ->
                      Failed.usage(
                          "neither '" + text + "' nor '" + last + "' names a session",
                          "write one of them as SESSION:PATH, or use --to SESSION")));
    }
    return new CopyPlan(false, sources, List.of(), last, sources.size() > 1 || last.endsWith("/"));
  }

  private static CopyPlan up(List<String> from, List<String> selectors, String destination) {
    var sources = from.stream().map(path -> new Source(List.of(), path)).toList();
    return new CopyPlan(true, sources, selectors, destination, sources.size() > 1);
  }

  private static Optional<Source> remote(String text) {
    Matcher place = REMOTE.matcher(text);
    return place.matches()
        ? Optional.of(new Source(List.of(place.group(1)), place.group(2)))
        : Optional.empty();
  }
}
