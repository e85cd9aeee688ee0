package dev.holdfast.cli;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Where {@code holdfast} begins. */
@Command(
    name = "holdfast",
    description =
        "Keeps remote sessions: they are there before a client comes and after it has gone.",
    versionProvider = Main.Version.class,
    mixinStandardHelpOptions = true)
public final class Main {

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  /** What the build wrote into the jar. */
  static final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
      var version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"holdfast " + Objects.requireNonNullElse(version, "(not from a jar)")};
    }
  }
}
