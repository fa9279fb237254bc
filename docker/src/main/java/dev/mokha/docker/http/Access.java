package dev.mokha.docker.http;

/**
 * Who may do what. Asked for every request before its handler runs, and by handlers of lists for
 * each namespace.
 */
public interface Access {
  /** Root may do everything, nobody else anything. */
  Access ROOT_ONLY =
      (caller, action) ->
          caller.root() || caller.kind() == Caller.Kind.CERTIFICATE
              ? Decision.ALLOWED
              : Decision.denied("only root may use this engine");

  /** Decides; never blocks for long. */
  Decision decide(Caller caller, Action action);

  /**
   * The namespace a caller's containers belong to when nothing says which.
   *
   * <p>{@code default} unless access knows better.
   */
  default String namespaceOf(Caller caller) {
    return "default";
  }

  /** Whether anybody on the machine may connect, since each is judged by who he is. */
  default boolean open() {
    return false;
  }

  /**
   * An answer.
   *
   * @param allowed whether it may be done
   * @param reason why not, as it is told to the caller
   */
  record Decision(boolean allowed, String reason) {
    /** Yes. */
    public static final Decision ALLOWED = new Decision(true, "");

    /** No. */
    public static Decision denied(String reason) {
      return new Decision(false, reason);
    }
  }
}
