package dev.holdfast.api;

import io.grpc.Status.Code;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The words that stand in {@code Failure.kind}, and what each is as a gRPC and as an HTTP status.
 * This is the table that {@code docs/failures.md} shows; a test keeps the two equal.
 */
public enum Kind {
  INVALID(
      Code.INVALID_ARGUMENT,
      400,
      "A field of the request is missing, malformed or out of its range."),
  BAD_TARGET(
      Code.INVALID_ARGUMENT, 400, "The target URL or the configuration for it cannot be used."),
  UNSAFE_NAME(
      Code.INVALID_ARGUMENT, 400, "The path of a file could lead elsewhere, or steer a terminal."),
  NOT_AUTHORISED(Code.UNAUTHENTICATED, 401, "There is no valid token in the request."),
  TOKEN_EXPIRED(Code.UNAUTHENTICATED, 401, "The token was valid once."),
  NOT_ALLOWED(
      Code.PERMISSION_DENIED,
      403,
      "The token may not do this: it is no operator's, no administrator's, or the profile does not name it."),
  COMMAND_REFUSED(
      Code.PERMISSION_DENIED, 403, "The session's profile does not allow this command."),
  NOT_FOUND(
      Code.NOT_FOUND,
      404,
      "There is no such session, job, profile, node or webhook, or it belongs to another tenant."),
  NO_SUCH_CALL(Code.UNIMPLEMENTED, 404, "The API has no such path, method or service."),
  NO_SUCH_FILE(Code.NOT_FOUND, 404, "The target has no such file or directory."),
  TOO_SLOW(Code.DEADLINE_EXCEEDED, 408, "The request did not arrive in time."),
  AMBIGUOUS(Code.FAILED_PRECONDITION, 409, "More than one session fits what was given."),
  KEY_REUSED(Code.ALREADY_EXISTS, 409, "The idempotency key was used for something else."),
  VERSION_CHANGED(
      Code.ABORTED, 409, "The profile is at another version than the one that was expected."),
  PROFILE_DISABLED(Code.FAILED_PRECONDITION, 409, "The profile is disabled."),
  OPENING(Code.FAILED_PRECONDITION, 409, "The session is being opened and cannot do this yet."),
  BROKEN(Code.FAILED_PRECONDITION, 409, "The session is Broken."),
  REMOVING(Code.FAILED_PRECONDITION, 409, "The session is being removed."),
  CLOSED(Code.FAILED_PRECONDITION, 409, "The session is Closed."),
  NOT_BROKEN(Code.FAILED_PRECONDITION, 409, "There is nothing to repair."),
  SETTLING(Code.FAILED_PRECONDITION, 409, "The target is still being asked what became of a job."),
  NOT_WAITING(Code.FAILED_PRECONDITION, 409, "The job does not wait any more."),
  NO_INPUT(Code.FAILED_PRECONDITION, 409, "The job was submitted without input."),
  INPUT_ENDED(Code.FAILED_PRECONDITION, 409, "The job's input was ended before."),
  ENDED(Code.FAILED_PRECONDITION, 409, "The job has ended."),
  NO_TERMINAL(Code.FAILED_PRECONDITION, 409, "The job is no terminal."),
  HELD(Code.FAILED_PRECONDITION, 409, "Another client types in the terminal."),
  NOT_HELD(Code.FAILED_PRECONDITION, 409, "Nobody holds the terminal, so nobody can type in it."),
  FILE_EXISTS(Code.ALREADY_EXISTS, 409, "A file with other content is there already."),
  IS_DIRECTORY(Code.FAILED_PRECONDITION, 409, "A directory is where a file is wanted."),
  NOT_DIRECTORY(Code.FAILED_PRECONDITION, 409, "Something else is where a directory is wanted."),
  SPECIAL_FILE(
      Code.FAILED_PRECONDITION, 409, "It is a device, a pipe or a socket, and no file to copy."),
  UNSAFE_LINK(
      Code.FAILED_PRECONDITION,
      409,
      "A symbolic link would lead a write outside of its destination."),
  PART_LOST(
      Code.FAILED_PRECONDITION, 409, "What was copied of the file so far is not there any more."),
  CHECKSUM_MISMATCH(
      Code.ABORTED,
      409,
      "What arrived of the file is not what was sent; it was not put into place."),
  NOT_UP(Code.FAILED_PRECONDITION, 409, "The node is not up, so it cannot give its sessions away."),
  LAST_NODE(
      Code.FAILED_PRECONDITION, 409, "No other node is up that could take the sessions over."),
  NOT_SET_UP(
      Code.FAILED_PRECONDITION,
      409,
      "The node lacks a setting that this needs; the advice names it."),
  TOO_LARGE(Code.RESOURCE_EXHAUSTED, 413, "The request is larger than the node takes."),
  TOO_MANY_FILES(Code.RESOURCE_EXHAUSTED, 413, "A directory has more entries than are listed."),
  UNRESOLVED(Code.UNAVAILABLE, 424, "The target's host name has no address."),
  REFUSED(Code.UNAVAILABLE, 424, "The target refused the connection, or there is no route to it."),
  OVERLOADED(Code.UNAVAILABLE, 424, "The target had no room for another connection or channel."),
  LINK_LOST(Code.UNAVAILABLE, 424, "The link to the target was up and is gone."),
  AUTH_REFUSED(
      Code.FAILED_PRECONDITION, 424, "The target accepted none of the node's credentials."),
  CREDENTIAL(Code.FAILED_PRECONDITION, 424, "A credential of the node could not be used."),
  HOST_KEY_UNKNOWN(Code.FAILED_PRECONDITION, 424, "The target's host key is not in known_hosts."),
  HOST_KEY_MISMATCH(
      Code.FAILED_PRECONDITION, 424, "The target's host key is another one than known_hosts says."),
  HOST_KEY_REVOKED(
      Code.FAILED_PRECONDITION, 424, "The target's host key or its certificate is revoked."),
  TARGET_UNFIT(Code.FAILED_PRECONDITION, 424, "The target cannot keep a session."),
  START_FAILED(
      Code.FAILED_PRECONDITION, 424, "The start-up of the session's profile failed on the target."),
  SUDO_REFUSED(
      Code.FAILED_PRECONDITION,
      424,
      "The account may not become the profile's user on the target without a password."),
  NO_SPACE(Code.RESOURCE_EXHAUSTED, 424, "The target has no space left for the session or a file."),
  PROTOCOL(Code.INTERNAL, 424, "The target said something that the protocol does not know."),
  NO_SFTP(Code.FAILED_PRECONDITION, 424, "The target offers no SFTP."),
  NO_PERMISSION(
      Code.FAILED_PRECONDITION, 424, "The account on the target may not do this with the file."),
  FILE_FAILED(
      Code.FAILED_PRECONDITION,
      424,
      "The target could not do this with the file, and says no more."),
  QUEUE_FULL(Code.RESOURCE_EXHAUSTED, 429, "The session's queue is full."),
  TOO_MANY_COPIES(
      Code.RESOURCE_EXHAUSTED, 429, "The session or the node carries as many copies as it may."),
  TOO_MANY(Code.RESOURCE_EXHAUSTED, 429, "There are as many of these as there may be."),
  TOO_MANY_SESSIONS(
      Code.RESOURCE_EXHAUSTED, 429, "The caller has as many sessions as the profile allows."),
  TOO_MANY_PROFILES(Code.RESOURCE_EXHAUSTED, 429, "The tenant has as many profiles as it may."),
  TOO_MANY_SIGN_INS(Code.RESOURCE_EXHAUSTED, 429, "Too many sign-ins failed from this address."),
  CANCELLED(Code.CANCELLED, 499, "The caller went away."),
  INTERNAL(Code.INTERNAL, 500, "A bug in Holdfast; the node's log has more under the same time."),
  UNAVAILABLE(
      Code.UNAVAILABLE, 503, "The node is starting or stopping, or its session does not answer."),
  TIMED_OUT(Code.DEADLINE_EXCEEDED, 504, "The target did not answer within the deadline."),
  DISK(Code.RESOURCE_EXHAUSTED, 507, "The node's own disk is full or fails.");

  private static final Map<String, Kind> BY_WORD =
      Arrays.stream(values()).collect(Collectors.toMap(Kind::word, Function.identity()));

  private final Code code;
  private final int http;
  private final String meaning;

  Kind(Code code, int http, String meaning) {
    this.code = code;
    this.http = http;
    this.meaning = meaning;
  }

  /** The kind of this word, if the table has it. */
  static Optional<Kind> of(String word) {
    return Optional.ofNullable(BY_WORD.get(word));
  }

  /** As it stands in {@code Failure.kind}. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  Code code() {
    return code;
  }

  int http() {
    return http;
  }

  String meaning() {
    return meaning;
  }
}
