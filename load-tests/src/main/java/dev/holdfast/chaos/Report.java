package dev.holdfast.chaos;

import dev.holdfast.chaos.Evidence.Span;
import dev.holdfast.chaos.Figures.Outage;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A run as one page of HTML, with nothing beside it: what was violated, a picture of the whole run
 * on one line of time, and what was measured.
 *
 * <p>The picture has three bands over the same seconds: jobs that ended, in each five seconds; the
 * faults, each from its beginning to its healing, and paler until all nodes were up again; and for
 * each fault how long the sessions were silent: a bar for the last one, a dot for the median.
 */
final class Report {

  private static final int WIDTH = 1_160;
  private static final int LEFT = 52;
  private static final int JOBS_TOP = 28;
  private static final int JOBS_HEIGHT = 120;
  private static final int FAULTS_TOP = 182;
  private static final int LANE = 13;
  private static final int LANES = 6;
  private static final int SILENCE_TOP = FAULTS_TOP + LANES * LANE + 46;
  private static final int SILENCE_HEIGHT = 120;
  private static final int HEIGHT = SILENCE_TOP + SILENCE_HEIGHT + 28;
  private static final int BUCKET_SECONDS = 5;
  private static final int TICKS = 10;

  /** So many faults have room for their names. */
  private static final int LABELLED = 14;

  private final Run.Result result;
  private final long from;
  private final long to;
  private final StringBuilder svg = new StringBuilder();

  private Report(Run.Result result) {
    this.result = result;
    List<Span> faults = result.evidence().faults();
    this.from = faults.isEmpty() ? 0 : Math.max(0, faults.get(0).from() - 5_000);
    this.to =
        Math.max(
            from + 10_000,
            faults.stream().mapToLong(Span::settled).max().orElse(result.evidence().millis())
                + 5_000);
  }

  static String html(Run.Result result) {
    return new Report(result).page();
  }

  private String page() {
    List<String> violations = result.violations();
    drawJobs();
    drawFaults();
    drawSilence();
    drawTime();
    var page = new StringBuilder();
    page.append(
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Holdfast chaos, seed SEED</title>
        <style>
          body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1180px; color: #1d2430; background: #fff }
          h1 { font-size: 1.35rem; margin: 0 0 .25rem } h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem }
          .verdict { display: inline-block; padding: .15rem .6rem; border-radius: 4px; color: #fff; background: COLOUR }
          pre { background: #f4f6f8; padding: .75rem 1rem; overflow-x: auto; border-radius: 4px; font-size: 13px }
          svg text { font: 11px system-ui, sans-serif; fill: #5a6472 } svg .name { font-weight: 600; fill: #1d2430 }
          .jobs { fill: #b9d5ef } .grid { stroke: #e3e7ec } .axis { stroke: #9aa4b1 } .fault { fill: #d0552f } .mending { fill: #f2c9b9 }
          .last { stroke: #8a6fb5; stroke-width: 2 } .median { fill: #3f2a70 }
        </style></head><body>
        <h1>Chaos, seed SEED</h1>
        <p class="verdict">VERDICT</p>
        """
            .replace("SEED", Long.toString(result.plan().seed()))
            .replace("COLOUR", violations.isEmpty() ? "#2c7a4b" : "#b3261e")
            .replace(
                "VERDICT",
                violations.isEmpty() ? "no violations" : violations.size() + " violations"));
    if (!violations.isEmpty()) {
      page.append("<h2>Violations</h2>\n").append(pre(violations));
    }
    page.append(
        "<h2>The run</h2>\n<svg role=\"img\" aria-label=\"timeline\" width=\"%d\" height=\"%d\">\n"
            .formatted(WIDTH, HEIGHT));
    page.append(svg).append("</svg>\n<h2>Measured</h2>\n").append(pre(Figures.lines(result)));
    page.append("<h2>Faults</h2>\n").append(pre(faults())).append("</body></html>\n");
    return page.toString();
  }

  private List<String> faults() {
    return Figures.outages(result.evidence()).stream()
        .map(
            it ->
                "%7.1f s  %-52s silent: median %5.1f s, last %5.1f s"
                    .formatted(
                        seconds(it.fault().from()),
                        it.fault().what(),
                        it.median() / 1_000.0,
                        it.last() / 1_000.0))
        .toList();
  }

  private static String pre(List<String> lines) {
    return "<pre>" + escape(String.join("\n", lines)) + "</pre>\n";
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  // ---- the picture

  private double seconds(long millis) {
    return (millis - from) / 1_000.0;
  }

  private double x(long millis) {
    return LEFT + (WIDTH - LEFT - 8.0) * (millis - from) / (to - from);
  }

  private void draw(String shape) {
    svg.append(shape).append('\n');
  }

  private void text(double x, double y, String kind, String said) {
    draw(
        String.format(
            Locale.ROOT, "<text x='%.1f' y='%.1f' class='%s'>%s</text>", x, y, kind, escape(said)));
  }

  private void drawJobs() {
    Map<Long, Long> bySecond = Figures.throughput(result.evidence());
    long first = from / 1_000 / BUCKET_SECONDS;
    long last = to / 1_000 / BUCKET_SECONDS;
    long[] jobs = new long[(int) (last - first + 1)];
    bySecond.forEach(
        (second, count) -> {
          long at = second / BUCKET_SECONDS - first;
          if (at >= 0 && at < jobs.length) {
            jobs[(int) at] += count;
          }
        });
    long most = 1;
    for (long count : jobs) {
      most = Math.max(most, count);
    }
    text(0, JOBS_TOP - 14, "name", "jobs that ended, a second");
    scale(JOBS_TOP, JOBS_HEIGHT, (double) most / BUCKET_SECONDS);
    for (int i = 0; i < jobs.length; i++) {
      long begin = (first + i) * BUCKET_SECONDS * 1_000;
      double height = (double) JOBS_HEIGHT * jobs[i] / most;
      double left = Math.max(LEFT, x(begin));
      draw(
          String.format(
              Locale.ROOT,
              "<rect class='jobs' x='%.1f' y='%.1f' width='%.1f' height='%.1f'/>",
              left,
              JOBS_TOP + JOBS_HEIGHT - height,
              Math.max(0.5, x(begin + BUCKET_SECONDS * 1_000) - left - 0.5),
              height));
    }
  }

  private void scale(int top, int height, double most) {
    for (int half = 0; half <= 2; half++) {
      double y = top + height - height * half / 2.0;
      draw(
          String.format(
              Locale.ROOT,
              "<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>",
              LEFT,
              WIDTH - 8,
              y,
              y));
      draw(
          String.format(
              Locale.ROOT,
              "<text x='%d' y='%.1f' text-anchor='end'>%.1f</text>",
              LEFT - 6,
              y + 4,
              most * half / 2));
    }
  }

  private void drawFaults() {
    text(0, FAULTS_TOP - 8, "name", "faults, and (paler) until all nodes were up again");
    int lane = 0;
    for (Span fault : result.evidence().faults()) {
      double y = FAULTS_TOP + lane * LANE;
      double begin = x(fault.from());
      String title = "<title>" + escape(fault.what()) + "</title>";
      draw(
          String.format(
              Locale.ROOT,
              "<rect class='mending' x='%.1f' y='%.1f' width='%.1f' height='%d'/>",
              begin,
              y,
              Math.max(1, x(fault.settled()) - begin),
              LANE - 4));
      draw(
          String.format(
              Locale.ROOT,
              "<rect class='fault' x='%.1f' y='%.1f' width='%.1f' height='%d'>%s</rect>",
              begin,
              y,
              Math.max(2, x(fault.to()) - begin),
              LANE - 4,
              title));
      if (result.evidence().faults().size() <= LABELLED) {
        text(begin, y + LANE * 1.6, "", fault.kind().toLowerCase(Locale.ROOT).replace('_', ' '));
        lane = (lane + 2) % LANES;
      } else {
        lane = (lane + 1) % LANES;
      }
    }
  }

  private void drawSilence() {
    List<Outage> outages = Figures.outages(result.evidence());
    double most = Math.max(1_000, outages.stream().mapToLong(Outage::last).max().orElse(0));
    text(
        0,
        SILENCE_TOP - 8,
        "name",
        "longest silence of sessions after each fault, seconds (bar: last, dot: median)");
    scale(SILENCE_TOP, SILENCE_HEIGHT, most / 1_000);
    double bottom = SILENCE_TOP + SILENCE_HEIGHT;
    for (Outage outage : outages) {
      double x = x(outage.fault().from());
      draw(
          String.format(
              Locale.ROOT,
              "<line class='last' x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f'><title>%s</title></line>",
              x,
              x,
              bottom,
              bottom - SILENCE_HEIGHT * outage.last() / most,
              escape(outage.fault().what())));
      draw(
          String.format(
              Locale.ROOT,
              "<circle class='median' cx='%.1f' cy='%.1f' r='3'/>",
              x,
              bottom - SILENCE_HEIGHT * outage.median() / most));
    }
  }

  private void drawTime() {
    for (int i = 0; i <= TICKS; i++) {
      long at = from + (to - from) * i / TICKS;
      draw(
          String.format(
              Locale.ROOT,
              "<line class='axis' x1='%.1f' x2='%.1f' y1='%d' y2='%d'/>",
              x(at),
              x(at),
              HEIGHT - 26,
              HEIGHT - 21));
      draw(
          String.format(
              Locale.ROOT,
              "<text x='%.1f' y='%d' text-anchor='middle'>%.0f s</text>",
              x(at),
              HEIGHT - 8,
              seconds(at)));
    }
    draw(
        String.format(
            Locale.ROOT,
            "<line class='axis' x1='%d' x2='%d' y1='%d' y2='%d'/>",
            LEFT,
            WIDTH - 8,
            HEIGHT - 26,
            HEIGHT - 26));
  }
}
