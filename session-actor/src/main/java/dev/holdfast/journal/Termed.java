package dev.holdfast.journal;

/** What is written into a journal that does not refuse a replaced owner; see {@link Rightful}. */
public interface Termed {

  /** Of the claim with which it was written. */
  long term();
}
