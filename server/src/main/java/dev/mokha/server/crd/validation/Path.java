package dev.mokha.server.crd.validation;

/**
 * The way to a value, such as {@code spec.ports[0].name} or {@code spec.labels[app]}. Its text is
 * made only for a complaint. The way to the whole object has none, and is written {@code <nil>}.
 */
final class Path {
  /** The way to the whole object. */
  static final Path ROOT = new Path(null, "", false);

  private final Path parent;
  private final String step;
  private final boolean begin;

  private Path(Path parent, String step, boolean begin) {
    this.parent = parent;
    this.step = step;
    this.begin = begin;
  }

  static Path of(String text) {
    return new Path(ROOT, text, false);
  }

  /** The same way, from where the names in messages begin: they tell the steps after it. */
  Path asBegin() {
    return new Path(parent, step, true);
  }

  Path child(String field) {
    return new Path(this, this == ROOT ? field : "." + field, false);
  }

  Path key(String key) {
    return new Path(this, "[" + key + "]", false);
  }

  Path index(int index) {
    return new Path(this, "[" + index + "]", false);
  }

  /** As messages about values name it: empty for the whole value that is judged. */
  String name() {
    StringBuilder text = new StringBuilder();
    append(text, true);
    return text.isEmpty() || text.charAt(0) != '.' ? text.toString() : text.substring(1);
  }

  private void append(StringBuilder text, boolean fromBegin) {
    if (fromBegin && begin) {
      return;
    }
    if (parent != null) {
      parent.append(text, fromBegin);
    }
    text.append(step);
  }

  @Override
  public String toString() {
    if (parent == null) {
      return "<nil>";
    }
    StringBuilder text = new StringBuilder();
    append(text, false);
    return text.toString();
  }
}
