package dev.holdfast.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;

/**
 * JSON as {@code --output json} prints it, documented in docs/cli-json.md.
 *
 * <p>Messages of the contract are printed by protobuf's JSON mapping with the field names of the
 * {@code .proto} files. The result of a job in a run has a shape of its own and is written here.
 */
final class Json {

  private final StringBuilder text = new StringBuilder("{");

  /** A message on one line. Fields with a default are there; messages not set are not. */
  static String of(MessageOrBuilder message) {
    try {
      return JsonFormat.printer()
          .omittingInsignificantWhitespace()
          .preservingProtoFieldNames()
          .includingDefaultValueFields()
          .sortingMapKeys()
          .print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the contract has no Any", e);
    }
  }

  Json text(String name, String value) {
    return raw(name, value == null ? "null" : quoted(value));
  }

  Json number(String name, Number value) {
    return raw(name, String.valueOf(value));
  }

  Json flag(String name, boolean value) {
    return raw(name, String.valueOf(value));
  }

  /** A member whose value is JSON already. */
  Json raw(String name, String json) {
    if (text.length() > 1) {
      text.append(',');
    }
    text.append(quoted(name)).append(':').append(json);
    return this;
  }

  @Override
  public String toString() {
    return text + "}";
  }

  /** Text as a JSON string. */
  static String quoted(String value) {
    var quoted = new StringBuilder(value.length() + 2).append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f) {
            quoted.append(String.format("\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
