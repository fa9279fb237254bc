package dev.mokha.server.http;

/** Whose name stands on fields when a client does not say. */
final class FieldManagers {
  private static final int LONGEST = 128;

  private FieldManagers() {}

  /** The first word of the user agent, as upstream has it. */
  static String ofUserAgent(String agent) {
    if (agent == null || agent.isEmpty()) {
      return "unknown";
    }
    int slash = agent.indexOf('/');
    String name = slash < 0 ? agent : agent.substring(0, slash);
    StringBuilder printable = new StringBuilder();
    name.codePoints()
        .filter(c -> c >= ' ' && c != 0x7f)
        .limit(LONGEST)
        .forEach(printable::appendCodePoint);
    return printable.isEmpty() ? "unknown" : printable.toString();
  }
}
