package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.host.Said.Ended;
import dev.holdfast.host.Said.ExitOutput;
import dev.holdfast.host.Said.JobState;
import dev.holdfast.output.StreamName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the attach channel: control lines, inline output that ends at the nonce, and chunks framed
 * by their size. Bytes may come split anywhere.
 *
 * <p>Before the greeting, lines that are none of ours are skipped, up to {@value #MAX_PREAMBLE}
 * bytes: start-up files of login shells like to talk. After it every line must be known, is at most
 * {@value #MAX_LINE} bytes long, and no more than one payload is held in memory.
 */
final class SaidParser {

  static final int MAX_LINE = 8192;
  static final int MAX_INLINE = 65_536;
  static final int MAX_CHUNK = 1 << 20;
  static final int MAX_PREAMBLE = 65_536;

  private enum Mode {
    PREAMBLE,
    LINE,
    INLINE_OUT,
    INLINE_ERR,
    CHUNK
  }

  private final byte[] nonceLine;
  private Mode mode = Mode.PREAMBLE;
  private byte[] held = new byte[128];
  private int length;
  private int preamble;
  private final StringBuilder skipped = new StringBuilder();

  private Said.Exit exit;
  private ByteBuffer inlineOut;
  private Said.Chunk chunk;

  SaidParser(String nonce) {
    nonceLine = (nonce + "\n").getBytes(US_ASCII);
  }

  /** Takes bytes and passes on what they say. */
  void feed(ByteBuffer bytes, Consumer<Said> heard) throws ProtocolException {
    while (bytes.hasRemaining()) {
      switch (mode) {
        case PREAMBLE -> preamble(bytes, heard);
        case LINE -> line(bytes, heard);
        case INLINE_OUT, INLINE_ERR -> inline(bytes, heard);
        case CHUNK -> chunk(bytes, heard);
      }
    }
  }

  /** What came before the greeting, for people who look for the reason of a failure. */
  String skipped() {
    return skipped + Text.shown(new String(held, 0, mode == Mode.PREAMBLE ? length : 0, UTF_8));
  }

  private void preamble(ByteBuffer bytes, Consumer<Said> heard) throws ProtocolException {
    int before = bytes.position();
    boolean whole = takeLine(bytes);
    preamble += bytes.position() - before;
    if (whole) {
      String line = heldText();
      if (line.startsWith("HOLDFAST ") || line.startsWith("REFUSED ")) {
        mode = Mode.LINE;
        heard.accept(parse(line));
      } else if (line.equals("NOHOST")) {
        heard.accept(new Said.NoHost());
      } else if (!line.isBlank() && skipped.length() < 400) {
        skipped.append(Text.shown(line)).append("; ");
      }
    }
    if (preamble > MAX_PREAMBLE) {
      throw new ProtocolException("it talked without greeting: " + skipped());
    }
  }

  private void line(ByteBuffer bytes, Consumer<Said> heard) throws ProtocolException {
    boolean whole = takeLine(bytes);
    if (length > MAX_LINE) {
      throw new ProtocolException("a line is longer than " + MAX_LINE + " bytes");
    }
    if (whole) {
      Said said = parse(heldText());
      if (mode == Mode.LINE) {
        heard.accept(said);
      }
    }
  }

  /** Moves bytes to {@code held} up to a line feed, which is dropped; true if there was one. */
  private boolean takeLine(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      byte b = bytes.get();
      if (b == '\n') {
        return true;
      }
      hold(b);
    }
    return false;
  }

  private void inline(ByteBuffer bytes, Consumer<Said> heard) throws ProtocolException {
    while (bytes.hasRemaining()) {
      byte b = bytes.get();
      hold(b);
      if (b == '\n' && endsWithNonce()) {
        inlineEnded(heard);
        return;
      }
      if (length > MAX_INLINE + nonceLine.length) {
        throw new ProtocolException("inline output is longer than " + MAX_INLINE + " bytes");
      }
    }
  }

  private boolean endsWithNonce() {
    int from = length - nonceLine.length;
    return from >= 0 && Arrays.equals(held, from, length, nonceLine, 0, nonceLine.length);
  }

  private void inlineEnded(Consumer<Said> heard) {
    ByteBuffer payload =
        ByteBuffer.wrap(Arrays.copyOf(held, length - nonceLine.length)).asReadOnlyBuffer();
    shrink();
    if (mode == Mode.INLINE_OUT) {
      inlineOut = payload;
      mode = Mode.INLINE_ERR;
      return;
    }
    var said = new Said.Exit(exit.job(), exit.how(), new ExitOutput.Inline(inlineOut, payload));
    exit = null;
    inlineOut = null;
    mode = Mode.LINE;
    heard.accept(said);
  }

  private void chunk(ByteBuffer bytes, Consumer<Said> heard) {
    int part = Math.min(bytes.remaining(), chunk.bytes().remaining());
    chunk.bytes().put(bytes.slice(bytes.position(), part));
    bytes.position(bytes.position() + part);
    if (!chunk.bytes().hasRemaining()) {
      chunkEnded(heard);
    }
  }

  private void chunkEnded(Consumer<Said> heard) {
    var said = chunk;
    chunk = null;
    mode = Mode.LINE;
    said.bytes().flip();
    heard.accept(said);
  }

  private void hold(byte b) {
    if (length == held.length) {
      held = Arrays.copyOf(held, length * 2);
    }
    held[length++] = b;
  }

  private String heldText() {
    String text = new String(held, 0, length, UTF_8);
    shrink();
    return text;
  }

  /** An idle link keeps no large buffer. */
  private void shrink() {
    length = 0;
    if (held.length > MAX_LINE) {
      held = new byte[128];
    }
  }

  private Said parse(String line) throws ProtocolException {
    String[] f = line.split(" ", -1);
    try {
      return switch (f[0]) {
        case "HOLDFAST" -> new Said.Greeting(smallInt(f[1]), f[2], f.length > 3 ? f[3] : "");
        case "READY" -> new Said.Ready(number(f[1]), smallInt(f[2]), created(f[3]));
        case "FENCED" -> new Said.Fenced(number(f[1]));
        case "GONE" -> new Said.Gone(oneOf(f[1], "missing", "expired", "closed"));
        case "DEAD" -> new Said.Dead(oneOf(f[1], "rebooted", "died"));
        case "REFUSED" -> new Said.Refused(f[1], rest(f, 2));
        case "PONG" -> new Said.Pong(number(f[1]));
        case "STARTED" -> new Said.Started(f[1]);
        case "STATE" -> new Said.State(f[1], state(f));
        case "NOSTART" -> new Said.NoStart(f[1], f[2], rest(f, 3));
        case "SIZE" -> new Said.Size(f[1], number(f[2]), number(f[3]));
        case "CANCELLING" -> new Said.Cancelling(f[1]);
        case "INPUT" ->
            f[2].equals("eof") ? new Said.InputEnded(f[1]) : new Said.InputNext(f[1], number(f[2]));
        case "EXIT" -> exit(f);
        case "CHUNK" -> chunk(f);
        case "RENEWED" -> new Said.Renewed(f[2], smallInt(f[1]));
        case "ESCAPED" -> new Said.Escaped(f[1], pids(f));
        case "CLOSED" -> new Said.Closed();
        case "OK" -> f[1].equals("gc") ? new Said.Collected(jobs(f)) : new Said.Other();
        case "JOB", "END" -> new Said.Other();
        default -> throw new ProtocolException("an unknown line: " + Text.shown(line));
      };
    } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException e) {
      throw new ProtocolException("a malformed line: " + Text.shown(line));
    }
  }

  private static JobState state(String[] f) {
    return switch (f[2]) {
      case "none" -> new JobState.None();
      case "void" -> new JobState.Voided();
      case "running" -> new JobState.Running();
      case "done" -> new JobState.Done(ended(f, 3));
      case "orphan" -> new JobState.Orphan();
      case "interrupted" -> new JobState.Interrupted();
      case "lost" -> new JobState.Lost();
      default -> throw new IllegalArgumentException(f[2]);
    };
  }

  private static Ended ended(String[] f, int from) {
    var why =
        switch (f[from + 2]) {
          case "-" -> Said.Why.ITSELF;
          case "cancel" -> Said.Why.CANCEL;
          case "timeout" -> Said.Why.TIMEOUT;
          default -> throw new IllegalArgumentException(f[from + 2]);
        };
    return new Ended(smallInt(f[from]), smallInt(f[from + 1]), why);
  }

  private Said exit(String[] f) {
    Ended how = ended(f, 2);
    return switch (f[5]) {
      case "empty" -> new Said.Exit(f[1], how, new ExitOutput.Sizes(0, 0));
      case "size" -> new Said.Exit(f[1], how, new ExitOutput.Sizes(number(f[6]), number(f[7])));
      case "inline" -> {
        exit = new Said.Exit(f[1], how, new ExitOutput.Sizes(0, 0));
        mode = Mode.INLINE_OUT;
        yield exit;
      }
      default -> throw new IllegalArgumentException(f[5]);
    };
  }

  private Said chunk(String[] f) throws ProtocolException {
    long size = number(f[4]);
    if (size > MAX_CHUNK || size == 0) {
      throw new ProtocolException("a chunk of " + size + " bytes");
    }
    var stream = oneOf(f[2], "out", "err").equals("out") ? StreamName.OUT : StreamName.ERR;
    chunk = new Said.Chunk(f[1], stream, number(f[3]), ByteBuffer.allocate((int) size));
    mode = Mode.CHUNK;
    return chunk;
  }

  private static List<Long> pids(String[] f) {
    var pids = new ArrayList<Long>(f.length - 2);
    for (int i = 2; i < f.length; i++) {
      pids.add(number(f[i]));
    }
    return List.copyOf(pids);
  }

  private static List<String> jobs(String[] f) {
    return List.of(f).subList(2, f.length);
  }

  private static boolean created(String word) {
    return oneOf(word, "created", "resumed").equals("created");
  }

  private static String oneOf(String word, String... known) {
    if (!Arrays.asList(known).contains(word)) {
      throw new IllegalArgumentException(word);
    }
    return word;
  }

  private static String rest(String[] f, int from) {
    return from < f.length ? String.join(" ", Arrays.asList(f).subList(from, f.length)) : "";
  }

  private static int smallInt(String word) {
    return Math.toIntExact(Math.min(number(word), Integer.MAX_VALUE));
  }

  private static long number(String word) {
    long n = Long.parseLong(word);
    if (n < 0 || word.charAt(0) == '+') {
      throw new IllegalArgumentException(word);
    }
    return n;
  }
}
