package dev.holdfast.transport;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The files of a target, with the rights of the account that signed in. Paths are absolute.
 *
 * <p>Every method blocks, and one is used at a time. {@link #close()} may be called by any thread
 * at any time, and ends what blocks: so whoever waits too long can stop it.
 *
 * <p>Every method fails with a {@link TransportException} of one of the kinds about files, or of
 * {@code LINK_LOST}.
 */
public interface RemoteFiles extends AutoCloseable {

  /** No write and no read is larger, in bytes. */
  int LARGEST_PIECE = 1 << 20;

  /** What stands under a name. */
  enum FileType {
    FILE,
    DIRECTORY,
    LINK,
    /** A device, a pipe, a socket. */
    OTHER
  }

  /**
   * A file as its target describes it.
   *
   * @param size in bytes
   * @param mode the lower nine bits: who may read, write and execute
   * @param modified to the second
   */
  record Info(FileType type, long size, int mode, Instant modified) {}

  /** One name in a directory. */
  record Entry(String name, Info info) {}

  /** The home directory of the account. */
  String home() throws TransportException;

  /** What stands at the path, or at the end of the link there; empty for nothing. */
  Optional<Info> look(String path, boolean follow) throws TransportException;

  /**
   * What is in a directory, without {@code .} and {@code ..}, in no order.
   *
   * @param most with more entries it fails with {@code TOO_MANY_FILES}
   */
  List<Entry> list(String path, int most) throws TransportException;

  /** Makes a directory that only the account can use. */
  void makeDirectory(String path) throws TransportException;

  void makeLink(String path, String to) throws TransportException;

  String readLink(String path) throws TransportException;

  /** Sets what is given; a link is followed. */
  void set(String path, OptionalInt mode, Optional<Instant> modified) throws TransportException;

  /**
   * Writes into a file, which is made if it is not there, so that only the account can use it.
   *
   * @param bytes at most {@value #LARGEST_PIECE}
   */
  void write(String path, long offset, byte[] bytes) throws TransportException;

  /**
   * Reads from a file; fewer bytes than asked for are all there are.
   *
   * @param max from 1 to {@value #LARGEST_PIECE}
   */
  byte[] read(String path, long offset, int max) throws TransportException;

  /**
   * Gives a file another name, at once.
   *
   * @param replace whether what stands there is replaced; else it fails with {@code FILE_EXISTS}
   */
  void rename(String from, String to, boolean replace) throws TransportException;

  /** Removes a file or a link; what is not there needs no removing. */
  void remove(String path) throws TransportException;

  /**
   * The SHA-256 of a file's content, in lower-case hex, as it is on the target.
   *
   * @param expected a quick answer of the target is believed only if it is this one; else the
   *     content is read. Empty: any answer is
   */
  String sha256(String path, Optional<String> expected) throws TransportException;

  @Override
  void close();
}
