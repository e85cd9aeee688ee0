package dev.holdfast.directory;

import dev.holdfast.session.Session;
import java.util.List;

/** What a selector that should name one session has come to. */
public sealed interface Found {

  /** It is this one. */
  record One(Session session) implements Found {}

  /** There is none, or it belongs to another tenant, which is the same. */
  record None() implements Found {}

  /** There are several; {@code ids} has the first few. */
  record Many(List<String> ids) implements Found {}
}
