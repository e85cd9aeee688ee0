package dev.holdfast.transport;

import dev.holdfast.transport.Failure.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Which names of files are safe, and what a path means. {@code ..}, NUL and other control
 * characters are refused wherever they stand, and so is what cannot be told in UTF-8; a name in a
 * list can besides be no path.
 */
public final class FileNames {

  private static final int LONGEST_PATH = 4096;
  private static final int LONGEST_NAME = 255;

  private FileNames() {}

  /**
   * A path as its user writes it: an absolute one stands for itself, and any other one, also {@code
   * ~/} and nothing at all, begins in the home directory of the account.
   *
   * @param home an absolute path
   * @return an absolute path without {@code .}, doubled or final slashes
   */
  public static String absolute(String path, String home) throws TransportException {
    String rest = path.equals("~") ? "" : path.startsWith("~/") ? path.substring(2) : path;
    List<String> names = names(path, rest);
    String base = path.startsWith("/") || home.equals("/") ? "" : home;
    return names.isEmpty() && base.isEmpty() ? "/" : names.isEmpty() ? base : below(base, names);
  }

  private static String below(String base, List<String> names) {
    return base + "/" + String.join("/", names);
  }

  /**
   * The names that lead from the root of a copy to something below it; none for the root itself.
   */
  public static List<String> relative(String path) throws TransportException {
    if (path.startsWith("/")) {
      throw unsafe(path, "it is absolute");
    }
    return names(path, path);
  }

  private static List<String> names(String whole, String path) throws TransportException {
    if (path.length() > LONGEST_PATH) {
      throw unsafe(path.substring(0, 80) + "...", "it is longer than " + LONGEST_PATH);
    }
    var names = new ArrayList<String>();
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty() && !name.equals(".")) {
        check(whole, name);
        names.add(name);
      }
    }
    return names;
  }

  /** A name in a directory, as a target lists it. */
  public static boolean isSafe(String name) {
    return !name.isEmpty() && !name.equals(".") && name.indexOf('/') < 0 && why(name).isEmpty();
  }

  private static void check(String whole, String name) throws TransportException {
    String why = why(name);
    if (!why.isEmpty()) {
      throw unsafe(whole, why);
    }
  }

  private static String why(String name) {
    if (name.equals("..")) {
      return "'..' could lead anywhere";
    }
    if (name.codePoints().anyMatch(FileNames::steers)) {
      return "it has a control character";
    }
    if (name.indexOf('\uFFFD') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
      return "it is not UTF-8";
    }
    return name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME
        ? "a name in it is longer than " + LONGEST_NAME + " bytes"
        : "";
  }

  private static boolean steers(int c) {
    return Character.isISOControl(c) || c == 0x2028 || c == 0x2029;
  }

  private static TransportException unsafe(String path, String why) {
    return new TransportException(
        Kind.UNSAFE_NAME,
        "the path '" + shown(path) + "' is not safe: " + why,
        "name it plainly, from the root or from the account's home");
  }

  /** A path for a message. */
  static String shown(String path) {
    String clean = path.replaceAll("\\p{Cntrl}", "?");
    return clean.length() > 300 ? clean.substring(0, 300) + "..." : clean;
  }
}
