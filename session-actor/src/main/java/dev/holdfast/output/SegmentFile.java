package dev.holdfast.output;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * One file, opened at its first use. The caller keeps readers and writers apart; {@link #sync} may
 * run beside either.
 *
 * <p>A RandomAccessFile and not a FileChannel, because interrupting a thread inside a channel
 * closes it for everybody.
 */
final class SegmentFile implements Closeable {
  private final Path path;
  private RandomAccessFile file;

  SegmentFile(Path path) {
    this.path = path;
  }

  private synchronized RandomAccessFile file() throws IOException {
    if (file == null) {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      file = new RandomAccessFile(path.toFile(), "rw");
    }
    return file;
  }

  /** Makes the file, empty; an old one of that name loses its content. */
  synchronized void create() throws IOException {
    if (file == null) {
      file = new RandomAccessFile(path.toFile(), "rw");
    }
    file.setLength(0);
  }

  byte[] readAll() throws IOException {
    long length = file().length();
    if (length > Integer.MAX_VALUE - 64) {
      throw new CorruptOutputException(path + " is too long to be a segment: " + length + " bytes");
    }
    return read(0, (int) length);
  }

  byte[] read(int position, int length) throws IOException {
    byte[] bytes = new byte[length];
    file().seek(position);
    file().readFully(bytes);
    return bytes;
  }

  void write(int position, byte[] bytes, int length) throws IOException {
    file().seek(position);
    file().write(bytes, 0, length);
  }

  void truncate(int length) throws IOException {
    file().setLength(length);
  }

  void sync() throws IOException {
    file().getFD().sync();
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
  }
}
