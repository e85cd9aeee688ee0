package dev.holdfast.behaviour;

/** What a behaviour is tried on: it holds for every one of them. */
enum TargetKind {
  /** The machine of the node itself, {@code local:}. */
  LOCAL,
  /** An SSH server inside this JVM, with a real shell. */
  FIXTURE,
  /** OpenSSH's sshd, where it is installed. */
  OPENSSH
}
