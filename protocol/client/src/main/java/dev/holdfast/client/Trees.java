package dev.holdfast.client;

import dev.holdfast.client.CallFailed.Where;
import java.util.Set;

/** What holds for every tree that is copied, whichever way. */
final class Trees {

  /** No piece is larger, in bytes. */
  static final int LARGEST_PIECE = 1 << 20;

  /** Deeper than any tree that people make. */
  private static final int DIRECTORIES = 200;

  /** More links, one below the other, than people make; those that lead in circles end here. */
  private static final int LINKS = 8;

  /** A file is begun anew so often, when what was there of it is lost or was another content. */
  static final int ATTEMPTS = 3;

  /** Failures of one file, which spoil nothing for the others; all others are of the whole copy. */
  static final Set<String> OF_ONE_FILE =
      Set.of(
          "no-such-file",
          "no-permission",
          "file-exists",
          "is-directory",
          "not-directory",
          "special-file",
          "unsafe-name",
          "unsafe-link",
          "link-loop",
          "too-many-files",
          "part-lost",
          "checksum-mismatch",
          "source-changed",
          "source-gone",
          "file-failed");

  private Trees() {}

  static CallFailed failed(String kind, String cause, String advice) {
    return new CallFailed(Where.THERE, kind, cause, advice);
  }

  static CallFailed isDirectory(String path) {
    return failed("is-directory", "'" + path + "' is a directory", "copy it with --recursive");
  }

  static CallFailed exists(String path) {
    return failed(
        "file-exists",
        "'" + path + "' is there already, with other content",
        "use --force to replace it");
  }

  static CallFailed special(String path) {
    return failed(
        "special-file",
        "'" + path + "' is a device, a pipe or a socket",
        "only files, directories and links are copied");
  }

  /**
   * How deep in a tree something is.
   *
   * @param directories above it
   * @param links of them that were followed to it
   */
  record Depth(int directories, int links) {

    static final Depth TOP = new Depth(0, 0);

    Depth below() {
      return new Depth(directories + 1, links);
    }

    Depth followed() {
      return new Depth(directories, links + 1);
    }

    boolean isTooDeep() {
      return directories >= DIRECTORIES || links > LINKS;
    }

    void check(String path) {
      if (isTooDeep()) {
        throw failed(
            "link-loop",
            "'"
                + path
                + "' is more than "
                + DIRECTORIES
                + " directories or "
                + LINKS
                + " links deep",
            "does a link lead back to where it is? --links keep does not follow it");
      }
    }
  }

  static CallFailed changed(String path) {
    return failed(
        "source-changed",
        "'" + path + "' changed while it was copied",
        "copy it again when nobody writes to it");
  }

  /** Whether a name that a target tells can be the name of a file here, and of nothing else. */
  static boolean isSafe(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('/') < 0
        && name.indexOf('\uFFFD') < 0
        && name.codePoints().noneMatch(Trees::steers);
  }

  private static boolean steers(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }

  /** Whether a link that stands so deep in a tree leads to something in it. */
  static boolean staysInside(String link, int depth) {
    if (link.startsWith("/")) {
      return false;
    }
    int level = depth;
    for (String name : link.split("/", -1)) {
      level += name.equals("..") ? -1 : name.isEmpty() || name.equals(".") ? 0 : 1;
      if (level < 0) {
        return false;
      }
    }
    return true;
  }
}
