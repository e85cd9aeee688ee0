package dev.holdfast.transport.ssh;

import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.RemoteFiles.FileType;
import dev.holdfast.transport.RemoteFiles.Info;
import dev.holdfast.transport.TransportException;
import java.util.Optional;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/** What an SFTP server's word for a failure means. */
final class SftpFailures {

  private SftpFailures() {}

  static TransportException of(String path, SftpException e) {
    String said = String.valueOf(e.getMessage());
    if (said.contains("No space left") || said.contains("quota exceeded")) {
      return noSpace(path);
    }
    return switch (e.getStatus()) {
      case SftpConstants.SSH_FX_NO_SUCH_FILE, SftpConstants.SSH_FX_NO_SUCH_PATH ->
          new TransportException(Kind.NO_SUCH_FILE, "there is no '" + path + "'", "check the path");
      case SftpConstants.SSH_FX_PERMISSION_DENIED, SftpConstants.SSH_FX_WRITE_PROTECT ->
          new TransportException(
              Kind.NO_PERMISSION,
              "the account may not use '" + path + "' so",
              "look at the owner and the mode of the file and of its directories");
      case SftpConstants.SSH_FX_FILE_ALREADY_EXISTS ->
          new TransportException(
              Kind.FILE_EXISTS, "'" + path + "' is there already", "use --force to replace it");
      case SftpConstants.SSH_FX_NO_SPACE_ON_FILESYSTEM, SftpConstants.SSH_FX_QUOTA_EXCEEDED ->
          noSpace(path);
      case SftpConstants.SSH_FX_NOT_A_DIRECTORY ->
          new TransportException(
              Kind.NOT_DIRECTORY, "'" + path + "' leads through a file", "check the path");
      case SftpConstants.SSH_FX_FILE_IS_A_DIRECTORY ->
          new TransportException(
              Kind.IS_DIRECTORY, "'" + path + "' is a directory", "check the path");
      default ->
          new TransportException(
              Kind.FILE_FAILED,
              "the target could not do this with '" + path + "': " + said,
              "look at the file and its directory on the target");
    };
  }

  static TransportException noSpace(String path) {
    return new TransportException(
        Kind.NO_SPACE, "there is no space left for '" + path + "'", "free some, and copy again");
  }

  static TransportException tooMany(String path, int most) {
    return new TransportException(
        Kind.TOO_MANY_FILES,
        "the directory '" + path + "' has more than " + most + " entries",
        "pack it into an archive and copy that");
  }

  static void demandFile(String path, Optional<Info> there) throws TransportException {
    if (there.isEmpty()) {
      throw new TransportException(
          Kind.NO_SUCH_FILE, "there is no '" + path + "'", "check the path");
    }
    FileType type = there.get().type();
    if (type != FileType.FILE) {
      throw new TransportException(
          type == FileType.DIRECTORY ? Kind.IS_DIRECTORY : Kind.SPECIAL_FILE,
          "'" + path + "' is no file",
          "check the path; --recursive copies directories");
    }
  }
}
