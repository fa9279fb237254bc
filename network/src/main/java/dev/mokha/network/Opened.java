package dev.mokha.network;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What something has opened and closes with itself, the last first. One that can't be closed is
 * logged and does not keep the others.
 */
public final class Opened implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

  private final String whole;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /**
   * Nothing yet.
   *
   * @param whole what the parts make, for the log
   */
  public Opened(String whole) {
    this.whole = requireNonNull(whole, "whole");
  }

  /** Takes one more, and gives it back. */
  public <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.warn("A part of {} could not be closed", whole, e);
      }
    }
  }
}
