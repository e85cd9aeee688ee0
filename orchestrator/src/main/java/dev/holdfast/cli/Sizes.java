package dev.holdfast.cli;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes: {@code 65536}, {@code 64K}, {@code 64M}, {@code 1G}, {@code 1T} (of 1024). */
final class Sizes implements ITypeConverter<Long> {

  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})([KMGT]?)");

  @Override
  public Long convert(String text) {
    var size = SIZE.matcher(text);
    if (!size.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is no size: write a number of bytes, or one with K, M, G or T");
    }
    long count = Long.parseLong(size.group(1));
    return switch (size.group(2)) {
      case "K" -> count << 10;
      case "M" -> count << 20;
      case "G" -> count << 30;
      case "T" -> count << 40;
      default -> count;
    };
  }
}
