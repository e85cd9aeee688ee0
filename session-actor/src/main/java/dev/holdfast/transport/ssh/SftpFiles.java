package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.RemoteFiles;
import dev.holdfast.transport.Sha256;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;
import org.apache.sshd.sftp.client.impl.SftpInputStreamAsync;
import org.apache.sshd.sftp.client.impl.SftpOutputStreamAsync;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/**
 * The files of an SSH target, by SFTP on a channel of their own. One file is kept open from piece
 * to piece; the requests of a piece are sent together, so that its time is that of the line, not of
 * as many answers.
 */
final class SftpFiles implements RemoteFiles {

  /** What every server gives for one request. */
  private static final int READ_BYTES = 32 * 1024;

  /** The library's word for as much as fits into one packet of the connection. */
  private static final int ONE_PACKET = 0;

  private static final int BITS_OF_MODE = 0777;

  private final SftpClient3 client;
  private final TargetShell shell;
  private Optional<Open> open = Optional.empty();
  private volatile boolean closed;

  private record Open(String path, boolean write, CloseableHandle handle) {}

  private interface Work<T> {
    T run() throws IOException, TransportException;
  }

  /**
   * @param shell asks the target what SFTP does not tell
   */
  SftpFiles(SftpClient3 client, TargetShell shell) {
    this.client = client;
    this.shell = shell;
  }

  @Override
  public String home() throws TransportException {
    return on(".", () -> client.canonicalPath("."));
  }

  @Override
  public Optional<Info> look(String path, boolean follow) throws TransportException {
    return on(
        path,
        () -> {
          try {
            return Optional.of(info(follow ? client.stat(path) : client.lstat(path)));
          } catch (SftpException e) {
            if (e.getStatus() == SftpConstants.SSH_FX_NO_SUCH_FILE) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  private static Info info(Attributes found) {
    FileType type =
        found.isRegularFile()
            ? FileType.FILE
            : found.isDirectory()
                ? FileType.DIRECTORY
                : found.isSymbolicLink() ? FileType.LINK : FileType.OTHER;
    return new Info(
        type,
        found.getSize(),
        found.getPermissions() & BITS_OF_MODE,
        found.getModifyTime() == null ? Instant.EPOCH : found.getModifyTime().toInstant());
  }

  @Override
  public List<Entry> list(String path, int most) throws TransportException {
    return on(
        path,
        () -> {
          var entries = new ArrayList<Entry>();
          try (CloseableHandle directory = client.openDir(path)) {
            for (DirEntry entry : client.listDir(directory)) {
              String name = entry.getFilename();
              if (!name.equals(".") && !name.equals("..")) {
                if (entries.size() == most) {
                  throw SftpFailures.tooMany(path, most);
                }
                entries.add(new Entry(name, info(entry.getAttributes())));
              }
            }
          }
          return entries;
        });
  }

  @Override
  public void makeDirectory(String path) throws TransportException {
    does(path, () -> client.makePrivateDirectory(path));
  }

  @Override
  public void makeLink(String path, String to) throws TransportException {
    does(path, () -> client.symLink(path, to));
  }

  @Override
  public String readLink(String path) throws TransportException {
    return on(path, () -> client.readLink(path));
  }

  @Override
  public void set(String path, OptionalInt mode, Optional<Instant> modified)
      throws TransportException {
    var attributes = new Attributes();
    mode.ifPresent(attributes::setPermissions);
    modified.ifPresent(
        at -> {
          attributes.modifyTime(at.getEpochSecond());
          attributes.accessTime(at.getEpochSecond());
        });
    if (mode.isPresent() || modified.isPresent()) {
      does(path, () -> client.setStat(path, attributes));
    }
  }

  @Override
  public void write(String path, long offset, byte[] bytes) throws TransportException {
    does(
        path,
        () -> {
          CloseableHandle handle = opened(path, true);
          try (var out = new SftpOutputStreamAsync(client, ONE_PACKET, path, handle, false)) {
            out.setOffset(offset);
            out.write(bytes, 0, bytes.length);
          } catch (SftpException e) {
            if (hasRoom(path, bytes.length)) {
              throw e;
            }
            throw SftpFailures.noSpace(path);
          }
        });
  }

  /** Version 3 has no word for a full disk; OpenSSH tells how much room there is, others not. */
  private boolean hasRoom(String path, int wanted) throws IOException {
    String directory = path.substring(0, path.lastIndexOf('/') + 1);
    var room = client.getExtension(OpenSSHStatPathExtension.class);
    if (room == null || !room.isSupported()) {
      return shell.room(directory).orElse(Long.MAX_VALUE) >= wanted;
    }
    var there = room.stat(directory);
    return there.f_bavail * there.f_frsize >= wanted;
  }

  @Override
  public byte[] read(String path, long offset, int max) throws TransportException {
    return on(
        path,
        () -> {
          CloseableHandle handle = opened(path, false);
          byte[] bytes = new byte[max];
          int length = 0;
          try (var in =
              new SftpInputStreamAsync(
                  client, READ_BYTES, offset, offset + max - 1, path, handle, false)) {
            int read = in.read(bytes, 0, max);
            while (read > 0) {
              length += read;
              read = length < max ? in.read(bytes, length, max - length) : 0;
            }
          }
          return length == max ? bytes : Arrays.copyOf(bytes, length);
        });
  }

  /** A pipe would keep its opener waiting, and a directory can be opened: so it is looked at. */
  private CloseableHandle opened(String path, boolean write)
      throws IOException, TransportException {
    Open now = open.orElse(null);
    if (now != null && now.path().equals(path) && now.write() == write) {
      return now.handle();
    }
    shut();
    if (!write) {
      SftpFailures.demandFile(path, look(path, true));
    }
    var handle = write ? client.openPrivate(path) : client.open(path, OpenMode.Read);
    open = Optional.of(new Open(path, write, handle));
    return handle;
  }

  private void shut() throws IOException {
    if (open.isPresent()) {
      CloseableHandle handle = open.get().handle();
      open = Optional.empty();
      handle.close();
    }
  }

  @Override
  public void rename(String from, String to, boolean replace) throws TransportException {
    does(
        to,
        () -> {
          shut();
          var atOnce = client.getExtension(OpenSSHPosixRenameExtension.class);
          if (!replace) {
            client.rename(from, to);
          } else if (atOnce != null && atOnce.isSupported()) {
            atOnce.posixRename(from, to);
          } else {
            remove(to);
            client.rename(from, to);
          }
        });
  }

  @Override
  public void remove(String path) throws TransportException {
    does(
        path,
        () -> {
          shut();
          try {
            client.remove(path);
          } catch (SftpException e) {
            if (e.getStatus() != SftpConstants.SSH_FX_NO_SUCH_FILE) {
              throw e;
            }
          }
        });
  }

  @Override
  public String sha256(String path, Optional<String> expected) throws TransportException {
    does(path, this::shut);
    SftpFailures.demandFile(path, look(path, true));
    Optional<String> told =
        shell.sha256(path).filter(sum -> expected.isEmpty() || expected.get().equals(sum));
    return told.isPresent() ? told.get() : summed(path);
  }

  private String summed(String path) throws TransportException {
    var sum = new Sha256();
    long offset = 0;
    byte[] piece = read(path, offset, LARGEST_PIECE);
    while (piece.length > 0) {
      sum.add(piece);
      offset += piece.length;
      piece = read(path, offset, LARGEST_PIECE);
    }
    return sum.hex();
  }

  private interface Deed {
    void run() throws IOException, TransportException;
  }

  private void does(String path, Deed deed) throws TransportException {
    Object unused =
        on(
            path,
            () -> {
              deed.run();
              return path;
            });
  }

  private <T> T on(String path, Work<T> work) throws TransportException {
    try {
      return work.run();
    } catch (SftpException e) {
      throw SftpFailures.of(path, e);
    } catch (IOException | RuntimeException e) {
      throw new TransportException(
          new Failure(
              Kind.LINK_LOST,
              closed ? "the files were closed" : "the link to the files is gone: " + e.getMessage(),
              "copy again; it goes on from where it was"));
    }
  }

  /** Whoever waits for an answer of the target does not wait for long any more. */
  @Override
  public void close() {
    closed = true;
    shell.close();
    client.abandon();
  }
}
