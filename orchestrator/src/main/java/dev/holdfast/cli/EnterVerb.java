package dev.holdfast.cli;

import dev.holdfast.protocol.v1.ListTerminalsRequest;
import dev.holdfast.protocol.v1.OpenTerminalRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.Terminal;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "enter",
    header = "A terminal beside a session, which outlives you.",
    description = {
      "Opens a terminal on the session's target, with the account's login shell in it, or comes back"
          + " to the one that is there, with its screen drawn again. It goes on when you leave it,"
          + " and when this program, the link or a server is lost.",
      "Ctrl-] leaves it running. One client types in a terminal; others look on with --watch (q"
          + " leaves), or take it over with --take, which is written in the history.",
      "It is a shell of its own: the session's variables are not in it, and its jobs go on beside it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast enter web1",
      "  holdfast enter web1 --watch",
      "  holdfast enter web1 --take --record incident.cast",
      "  holdfast enter web1 --new --run 'top -d 5'"
    })
final class EnterVerb implements Callable<Integer> {

  private static final Duration OPENING = Duration.ofMinutes(2);

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Parameters(
      paramLabel = "SELECTOR",
      description =
          "An id, the beginning of one (4 characters or more), a name, or label:key=value; or the"
              + " id of a terminal, SESSION.NUMBER.")
  String selector;

  @Option(names = "--watch", description = "Look on, and type nothing.")
  boolean watch;

  @Option(names = "--take", description = "Take it over when somebody else types in it.")
  boolean take;

  @Option(names = "--new", description = "Open another one, also when there is one.")
  boolean another;

  @Option(
      names = "--run",
      paramLabel = "SCRIPT",
      description = "In a new terminal: what to run instead of the login shell.")
  String run = "";

  @Option(
      names = "--idle-timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description =
          "Of a new terminal: how long it stays when nobody is in it, 1s to 365d. Default: 24h.")
  Duration idleTimeout;

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description = "Write what is seen to a new file, as asciicast v2; see `holdfast play`.")
  Path record;

  @Option(
      names = "--leave-key",
      paramLabel = "KEY",
      description = "What leaves it, such as ^Q; `none` for nothing. Default: ${DEFAULT-VALUE}.")
  String leaveKey = "^]";

  EnterVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    int leave = key(leaveKey);
    try (var client = Client.quiet(server, around);
        var window = TerminalBuilder.builder().system(true).dumb(false).provider("exec").build()) {
      Terminal terminal = terminal(client, window);
      try (var cast = new Recording(terminal, window)) {
        var attachment = new Attachment(client, window, terminal, watch, leave, cast.cast());
        if (!watch) {
          terminal = attachment.hold(take);
        }
        around.say("holdfast: terminal " + terminal.getId() + "; " + howToLeave());
        return told(attachment.run(), terminal);
      }
    } catch (IOException | IllegalStateException none) {
      throw Failed.usage(
          "standard input and output are no terminal", "use `holdfast invoke` without one");
    }
  }

  /** The recording, if one is wanted. */
  private final class Recording implements AutoCloseable {
    private final Optional<Cast> cast;

    Recording(Terminal terminal, org.jline.terminal.Terminal window) {
      try {
        cast =
            record == null
                ? Optional.empty()
                : Optional.of(
                    new Cast(
                        record,
                        around.clock(),
                        window.getWidth(),
                        window.getHeight(),
                        terminal.getSessionName()));
      } catch (FileAlreadyExistsException e) {
        throw Failed.refused(
            "unreadable", "the file " + record + " is there already", "give another name");
      } catch (IOException e) {
        throw Failed.refused(
            "unreadable", "the file " + record + " cannot be written", "give another name");
      }
    }

    Optional<Cast> cast() {
      return cast;
    }

    @Override
    public void close() throws IOException {
      if (cast.isPresent()) {
        cast.get().close();
      }
    }
  }

  private String howToLeave() {
    return watch ? "q leaves" : leaveKey.equals("none") ? "its end leaves" : leaveKey + " leaves";
  }

  private static int key(String text) {
    if (text.equals("none")) {
      return -1;
    }
    if (text.matches("\\^[@-_a-z]")) {
      return Character.toUpperCase(text.charAt(1)) & 0x1f;
    }
    throw Failed.usage("'" + text + "' is no key", "write it as ^Q, or none");
  }

  private Terminal terminal(Client client, org.jline.terminal.Terminal window) {
    boolean whole = selector.matches(".+\\.[1-9][0-9]*");
    Session session =
        new Selectors(client)
            .all(List.of(whole ? selector.substring(0, selector.lastIndexOf('.')) : selector))
            .get(0);
    String of = session.getBeside().isEmpty() ? session.getId() : session.getBeside();
    var list = ListTerminalsRequest.newBuilder().setSession(of).build();
    List<Terminal> there =
        client.terminals(OPENING, terminals -> terminals.listTerminals(list)).getTerminalsList();
    Optional<Terminal> found =
        there.stream()
            .filter(one -> !whole || one.getId().startsWith(session.getId() + "."))
            .findFirst();
    if (whole || watch || (found.isPresent() && !another && run.isEmpty())) {
      return found.orElseThrow(
          () ->
              Failed.refused(
                  "not-found",
                  "there is no such terminal",
                  "`holdfast enter " + of + "` opens one"));
    }
    return opened(client, window, of);
  }

  private Terminal opened(Client client, org.jline.terminal.Terminal window, String of) {
    var request =
        OpenTerminalRequest.newBuilder()
            .setSession(of)
            .setColumns(Math.max(1, window.getWidth()))
            .setRows(Math.max(1, window.getHeight()))
            .setTerm(around.env("TERM") == null ? "" : around.env("TERM"))
            .setScript(run)
            .setKey(Client.key(null));
    if (idleTimeout != null) {
      request.setIdleTimeout(Durations.proto(idleTimeout));
    }
    return client.terminals(OPENING, terminals -> terminals.openTerminal(request.build()));
  }

  private int told(Attachment.Ending ending, Terminal terminal) {
    if (ending instanceof Attachment.Ending.Ended ended) {
      around.say("holdfast: the terminal has ended: " + Words.of(ended.job().getState()));
      return ExitCode.of(ended.job());
    }
    around.say("holdfast: the terminal goes on. To come back:");
    around.say("  holdfast enter " + terminal.getId());
    if (ending instanceof Attachment.Ending.Lost lost) {
      throw lost.why();
    }
    return ExitCode.OK;
  }
}
