package dev.holdfast.journal;

/** Something in a journal that may have been written by an owner who had been replaced. */
public interface Termed {

  /** Of the claim with which it was written; 0: by a node that is alone. */
  long term();
}
