package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import picocli.CommandLine.TypeConversionException;

final class DurationsTest {

  @Property
  void whatIsShownIsReadBackAsTheSameSpan(@ForAll @LongRange(min = 0) long someMillis) {
    var span = Duration.ofMillis(someMillis % Duration.ofDays(999_999).toMillis());

    assertEquals(span, Durations.parse(Durations.show(span)));
  }

  @Property
  void anyTextIsASpanOrIsRefused(@ForAll String text) {
    try {
      assertEquals(false, Durations.parse(text).isNegative());
    } catch (TypeConversionException refused) {
      assertEquals(true, refused.getMessage().contains("such as 90s"));
    }
  }

  @Example
  void theUnitsAreThoseOfTheGuide() {
    assertEquals(Duration.ofSeconds(90), Durations.parse("90s"));
    assertEquals(Duration.ofMinutes(15), Durations.parse("15m"));
    assertEquals(Duration.ofHours(2), Durations.parse("2h"));
    assertEquals(Duration.ofDays(7), Durations.parse("7d"));
    assertEquals(Duration.ofMillis(250), Durations.parse("250ms"));
    assertEquals(Duration.ofMinutes(90), Durations.parse("1h30m"));
    assertEquals(Duration.ZERO, Durations.parse("0"));
  }

  @Example
  void aNumberWithoutAUnitIsRefused() {
    for (String bad : new String[] {"5", "", "-1s", "1.5h", "1 s", "1w", "9999999999d", "s"}) {
      assertThrows(TypeConversionException.class, () -> Durations.parse(bad), bad);
    }
  }

  @Example
  void sizesAreOf1024() {
    var sizes = new Sizes();
    assertEquals(64L << 20, sizes.convert("64M"));
    assertEquals(1L << 40, sizes.convert("1T"));
    assertEquals(65536, sizes.convert("65536"));
    assertThrows(TypeConversionException.class, () -> sizes.convert("-1"));
    assertThrows(TypeConversionException.class, () -> sizes.convert("1k"));
  }
}
