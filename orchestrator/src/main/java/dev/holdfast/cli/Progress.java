package dev.holdfast.cli;

import java.nio.charset.StandardCharsets;

/**
 * A line on standard error that counts what is done of many, for somebody who watches: only when
 * standard error is a terminal that takes control sequences, and gone when all is done.
 */
final class Progress implements AutoCloseable {

  private static final int WORTH_SHOWING = 2;

  private final Surroundings around;
  private final int all;
  private final boolean shown;
  private int done;
  private int failed;

  Progress(Surroundings around, int all) {
    this.around = around;
    this.all = all;
    this.shown = around.errSeen() && around.env("NO_COLOR") == null && all >= WORTH_SHOWING;
    show();
  }

  void done(boolean well) {
    done++;
    if (!well) {
      failed++;
    }
    show();
  }

  /** Takes the line away, for other text; the next change brings it back. */
  void hide() {
    if (shown) {
      around.writeError("\r\u001b[K".getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public void close() {
    hide();
  }

  private void show() {
    if (shown && done < all) {
      var text = done + " of " + all + " done" + (failed > 0 ? ", " + failed + " failed" : "");
      around.writeError(("\r\u001b[K" + text).getBytes(StandardCharsets.US_ASCII));
    }
  }
}
