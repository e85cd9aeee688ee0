package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Argv;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is to run: a script from a file or from one argument, or a command whose words arrive by
 * value. What no session would accept is refused here, before anything is sent.
 */
final class Payload {

  private static final int LARGEST = 1 << 20;

  private Payload() {}

  /**
   * The request that carries it, still without a session.
   *
   * @param file the script; {@code -} is standard input; null when the words say what to run
   * @param words with a file its $1 and so on; else one word is a script, several are a command
   */
  static SubmitJobRequest.Builder of(Path file, List<String> words, InputStream in) {
    words.forEach(word -> check(word, "an argument"));
    var request = SubmitJobRequest.newBuilder();
    if (file != null) {
      request.setScript(read(file, in)).addAllArguments(words);
    } else if (words.size() == 1) {
      request.setScript(words.get(0));
    } else {
      request.setArgv(Argv.newBuilder().addAllWords(words));
    }
    if (request.build().getSerializedSize() > LARGEST + (LARGEST >> 4)) {
      throw tooLarge("the command");
    }
    return request;
  }

  private static String read(Path file, InputStream in) {
    boolean standardInput = file.toString().equals("-");
    var name = standardInput ? "the script on standard input" : "the script " + file;
    try (var bytes = standardInput ? in : Files.newInputStream(file)) {
      var script = bytes.readNBytes(LARGEST + 1);
      if (script.length > LARGEST) {
        throw tooLarge(name);
      }
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(script)).toString();
      return check(text, name);
    } catch (CharacterCodingException e) {
      throw Failed.refused(
          "bad-script",
          name + " is not text in UTF-8",
          "give binary data as input instead: --input FILE");
    } catch (IOException e) {
      throw Failed.refused(
          "unreadable", name + " cannot be read", "check that it exists and is a readable file");
    }
  }

  private static Failed tooLarge(String name) {
    return Failed.refused(
        "script-too-large",
        name + " is larger than 1 MiB",
        "give the data as input and let a small script read it: --input FILE");
  }

  private static String check(String text, String name) {
    if (text.indexOf('\0') >= 0) {
      throw Failed.refused(
          "bad-script",
          name + " holds a NUL character, which no shell can take",
          "give binary data as input instead: --input FILE");
    }
    if (text.indexOf('\ufffd') >= 0 || hasLoneSurrogate(text)) {
      throw Failed.refused(
          "bad-script",
          name + " holds bytes that are not UTF-8",
          "give binary data as input instead: --input FILE");
    }
    return text;
  }

  private static boolean hasLoneSurrogate(String text) {
    return !StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
