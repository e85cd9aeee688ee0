package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The known_hosts files, read as sshd(8) describes them and kept in memory until they change.
 *
 * <p>A line that cannot be understood is skipped, as OpenSSH does. A file that is there but cannot
 * be read is an error: a key that was revoked in it must not be accepted.
 */
final class KnownHosts {

  private record Content(FileTime changed, long size, List<KnownHostsLine> lines) {}

  private final Map<Path, Content> files = new ConcurrentHashMap<>();

  /**
   * What the files say about a host. Blocks on the disk.
   *
   * @param name the name as it stands in known_hosts
   */
  HostKeys about(String name, int port, List<Path> paths) throws TransportException {
    var plain = new ArrayList<KnownHostsLine>();
    var authorities = new ArrayList<KnownHostsLine>();
    for (Path path : paths) {
      for (KnownHostsLine line : lines(path)) {
        // A certificate is valid for the host whatever the port: OpenSSH looks for both names.
        if (line.authority()) {
          if (line.matches(name, port) || line.matches(name, 22)) {
            authorities.add(line);
          }
        } else if (line.matches(name, port)) {
          plain.add(line);
        }
      }
    }
    return new HostKeys(name, port, paths, plain, authorities);
  }

  private List<KnownHostsLine> lines(Path path) throws TransportException {
    try {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      var known = files.get(path);
      if (known == null
          || known.size() != attributes.size()
          || !known.changed().equals(attributes.lastModifiedTime())) {
        known = new Content(attributes.lastModifiedTime(), attributes.size(), read(path));
        files.put(path, known);
      }
      return known.lines();
    } catch (NoSuchFileException missing) {
      return List.of();
    } catch (IOException e) {
      throw new TransportException(
          Kind.HOST_KEY_UNKNOWN,
          "the known_hosts file " + path + " cannot be read",
          "let the node's user read " + path);
    }
  }

  private static List<KnownHostsLine> read(Path path) throws IOException {
    var lines = new ArrayList<KnownHostsLine>();
    // Comments may be in any encoding; names and keys are ASCII.
    for (String text : Files.readAllLines(path, java.nio.charset.StandardCharsets.ISO_8859_1)) {
      KnownHostsLine.parse(text).ifPresent(lines::add);
    }
    return List.copyOf(lines);
  }
}
