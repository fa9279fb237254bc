package dev.mokha.client.metrics;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * A text in Prometheus' exposition format 0.0.4.
 *
 * <pre>{@code
 * out.counter("apiserver_request_total", "Requests by verb and HTTP status.");
 * out.value("apiserver_request_total", "verb=\"GET\",code=\"200\"", 17);
 * }</pre>
 */
public final class Exposition {
  /** The media type of the text. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double LARGEST_EXACT = 1L << 53;

  private final StringBuilder text = new StringBuilder(32 << 10);
  private final Set<String> announced = new HashSet<>();

  /** Announces a counter; must come before its values. */
  public Exposition counter(String name, String help) {
    return family(name, "counter", help);
  }

  /** Announces a gauge; must come before its values. */
  public Exposition gauge(String name, String help) {
    return family(name, "gauge", help);
  }

  /** Announces a histogram; must come before its values. */
  public Exposition histogram(String name, String help) {
    return family(name, "histogram", help);
  }

  /**
   * Announces a family of another type; must come before its values.
   *
   * @param type such as {@code summary}
   */
  public Exposition family(String name, String type, String help) {
    if (announced.add(name)) {
      text.append("# HELP ").append(name).append(' ').append(help).append('\n');
      text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }
    return this;
  }

  /**
   * One value.
   *
   * @param labels such as {@code verb="GET",code="200"}; empty for none
   */
  public Exposition value(String name, String labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(number(value)).append('\n');
    return this;
  }

  /** A number as Prometheus reads it. */
  static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < LARGEST_EXACT) {
      return Long.toString((long) value);
    }
    return value == Double.POSITIVE_INFINITY ? "+Inf" : Double.toString(value);
  }

  /** One label, its value escaped. */
  public static String label(String name, String value) {
    String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    return name + "=\"" + escaped + "\"";
  }

  /** The text as bytes. */
  public byte[] bytes() {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
