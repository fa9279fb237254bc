package dev.mokha.server.crd.validation;

/**
 * The way to a value, such as {@code spec.ports[0].name} or {@code spec.labels[app]}. Its text is
 * made only for a complaint. The way to the whole object has none, and is written {@code <nil>}.
 */
final class Path {
  /** The way to the whole object. */
  static final Path ROOT = new Path(null, "");

  private final Path parent;
  private final String step;

  private Path(Path parent, String step) {
    this.parent = parent;
    this.step = step;
  }

  static Path of(String text) {
    return new Path(ROOT, text);
  }

  Path child(String field) {
    return new Path(this, this == ROOT ? field : "." + field);
  }

  Path key(String key) {
    return new Path(this, "[" + key + "]");
  }

  Path index(int index) {
    return new Path(this, "[" + index + "]");
  }

  /** As messages about values name it: empty for the whole object. */
  String name() {
    StringBuilder text = new StringBuilder();
    append(text);
    return text.toString();
  }

  private void append(StringBuilder text) {
    if (parent != null) {
      parent.append(text);
    }
    text.append(step);
  }

  @Override
  public String toString() {
    return parent == null ? "<nil>" : name();
  }
}
