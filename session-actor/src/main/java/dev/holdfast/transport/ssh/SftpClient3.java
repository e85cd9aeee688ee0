package dev.holdfast.transport.ssh;

import java.io.IOException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.impl.DefaultCloseableHandle;
import org.apache.sshd.sftp.client.impl.DefaultSftpClient;
import org.apache.sshd.sftp.common.SftpConstants;

/**
 * The library's client, of protocol version 3, which every server has, with two requests that it
 * does not make by itself: what is made is private from its first moment.
 */
final class SftpClient3 extends DefaultSftpClient {

  private static final int PRIVATE_FILE = 0600;
  private static final int PRIVATE_DIRECTORY = 0700;

  SftpClient3(ClientSession session) throws IOException {
    super(session, SftpVersionSelector.fixedVersionSelector(SftpConstants.SFTP_V3), null);
  }

  /** Opens a file for writing; one that is not there is made. */
  CloseableHandle openPrivate(String path) throws IOException {
    Buffer request = named(SftpConstants.SSH_FXP_OPEN, path);
    request.putInt(SftpConstants.SSH_FXF_WRITE | SftpConstants.SSH_FXF_CREAT);
    request = withMode(SftpConstants.SSH_FXP_OPEN, request, PRIVATE_FILE);
    return new DefaultCloseableHandle(this, path, checkHandle(SftpConstants.SSH_FXP_OPEN, request));
  }

  void makePrivateDirectory(String path) throws IOException {
    Buffer request = named(SftpConstants.SSH_FXP_MKDIR, path);
    request = withMode(SftpConstants.SSH_FXP_MKDIR, request, PRIVATE_DIRECTORY);
    checkCommandStatus(SftpConstants.SSH_FXP_MKDIR, request);
  }

  /**
   * Ends the channel: the target is told, or it would count the channel for ever; a target that
   * does not answer to that is not waited for longer than the library does, some seconds.
   */
  void abandon() {
    var unused = getClientChannel().getAsyncIn().close(true);
    var unusedToo = getClientChannel().close(false);
  }

  private Buffer named(int command, String path) {
    return putReferencedName(
        command, new ByteArrayBuffer(path.length() + Long.SIZE, false), path, 0);
  }

  private Buffer withMode(int command, Buffer request, int mode) {
    var attributes = new Attributes();
    attributes.setPermissions(mode);
    return writeAttributes(command, request, attributes);
  }
}
