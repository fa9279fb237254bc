package dev.mokha.node.resources;

/** How well a pod is protected from others. */
public enum QosClass {
  GUARANTEED("Guaranteed"),
  BURSTABLE("Burstable"),
  BEST_EFFORT("BestEffort");

  private final String text;

  QosClass(String text) {
    this.text = text;
  }

  /** As the API says it. */
  public String text() {
    return text;
  }
}
