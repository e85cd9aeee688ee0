package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One act on each of several sessions, or targets that are to become sessions: prints what each is
 * afterwards, and each failure on standard error beside the name of whom it concerns.
 */
final class SessionActs {

  private final Surroundings around;
  private final Format format;

  SessionActs(Surroundings around, Format format) {
    this.around = around;
    this.format = format;
  }

  /**
   * Acts, prints, and gives the exit code: the highest of all.
   *
   * @param unmade what to show, with {@code --output json}, of an item whose act failed
   */
  <I> int run(
      List<I> items,
      int throttle,
      Function<I, String> name,
      Function<I, Session> act,
      Function<I, Session> unmade) {
    var rows = new Rows(around, format);
    boolean atOnce = format.form(around) != Format.Form.table;
    var done = new ArrayList<Session>();
    var code = new int[] {ExitCode.OK};
    try (var progress = new Progress(around, items.size())) {
      new Crowd(throttle)
          .run(
              items,
              act,
              outcome -> {
                progress.hide();
                code[0] = Math.max(code[0], outcome.exitCode());
                if (outcome.failed() == null) {
                  done.add(outcome.value());
                } else {
                  complain(items.size() == 1, name.apply(outcome.item()), outcome.failed());
                  if (format.json()) {
                    done.add(
                        unmade.apply(outcome.item()).toBuilder()
                            .setFailure(outcome.failed().failure())
                            .build());
                  }
                }
                if (atOnce) {
                  rows.sessions(done);
                  done.clear();
                }
                progress.done(outcome.failed() == null);
              });
    }
    rows.sessions(done);
    return code[0];
  }

  private void complain(boolean alone, String name, Failed failed) {
    var failure = failed.failure();
    around.complain(
        alone ? failure.getCause() : name + ": " + failure.getCause(), failure.getAdvice());
  }
}
