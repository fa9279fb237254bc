package dev.mokha.node.environment;

/**
 * A container that can't be made as it is specified: a missing Secret, a user that may not be root.
 * The message is told to the user as {@code CreateContainerConfigError}.
 */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what is wrong. */
  public ConfigurationException(String message) {
    super(message);
  }
}
