package dev.holdfast.cli;

import dev.holdfast.protocol.v1.ApplyProfileRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A profile's document on this machine. What is in it is for the server to understand. */
final class ProfileFile {

  private static final int LARGEST = 256 * 1024;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..1",
      description = "The profile's name. Default: the document's key 'name'.")
  String name = "";

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "The document, in HOCON or JSON; - is standard input.")
  Path file;

  ApplyProfileRequest.Builder request(Surroundings around) {
    return ApplyProfileRequest.newBuilder().setName(name).setDocument(read(around));
  }

  private String read(Surroundings around) {
    boolean standard = file.toString().equals("-");
    try (var bytes = standard ? around.in() : Files.newInputStream(file)) {
      byte[] read = bytes.readNBytes(LARGEST);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(read)).toString();
    } catch (CharacterCodingException e) {
      throw Failed.usage("the profile " + file + " is not text in UTF-8", "save it as UTF-8");
    } catch (IOException e) {
      throw Failed.usage("the profile " + file + " cannot be read", "name a file, or - for stdin");
    }
  }
}
