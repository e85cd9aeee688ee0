package dev.holdfast.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * The figures of a node, in the text format of Prometheus. {@code docs/metrics.md} explains those
 * that are Holdfast's own; a test keeps its list and what a node tells equal.
 */
public final class Metrics implements AutoCloseable {

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();

  /** Those of the process, and the version. */
  public Metrics(String version) {
    List.<MeterBinder>of(
            new ClassLoaderMetrics(),
            new JvmMemoryMetrics(),
            gc,
            new JvmThreadMetrics(),
            new ProcessorMetrics(),
            new FileDescriptorMetrics(),
            new UptimeMetrics())
        .forEach(binder -> binder.bindTo(registry));
    Gauge.builder("holdfast.build", () -> 1)
        .description("Always 1; its tag is the version")
        .tag("version", version)
        .register(registry);
  }

  /** Where others add theirs. */
  public MeterRegistry registry() {
    return registry;
  }

  /** Adds a number that is asked for when somebody looks; one for each value of a tag. */
  public void gauge(String name, String description, String tag, String value, IntSupplier now) {
    Gauge.builder(name, now::getAsInt).description(description).tag(tag, value).register(registry);
  }

  /** All of them, as they are now. */
  public String text() {
    return registry.scrape();
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
