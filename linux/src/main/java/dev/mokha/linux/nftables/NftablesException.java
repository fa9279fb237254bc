package dev.mokha.linux.nftables;

/** Commands that the kernel or the library refused; nothing of them took effect. */
public final class NftablesException extends RuntimeException {
  /** With what the library said. */
  public NftablesException(String message) {
    super(message);
  }
}
