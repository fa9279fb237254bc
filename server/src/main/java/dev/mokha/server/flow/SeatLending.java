package dev.mokha.server.flow;

import java.util.List;

/**
 * Shares the server's seats among the levels: each gets at least what it does not lend and at most
 * what it may borrow, and between those, levels in need get the same fraction of their need.
 */
final class SeatLending {
  private SeatLending() {}

  /**
   * One level's limits and need, in seats.
   *
   * @param min what it never lends
   * @param max its own and what it may borrow
   * @param need what it would use if it could
   */
  record Claim(int min, int max, double need) {}

  /** What shares come to: its part of the total, rounded up. */
  static int nominal(int shares, long allShares, int total) {
    return allShares == 0 ? 0 : (int) Math.ceil((double) total * shares / allShares);
  }

  /** What a level keeps when it lends that percentage. */
  static int min(int nominal, int lendablePercent) {
    return nominal - (int) Math.round(nominal * (double) lendablePercent / 100);
  }

  /** What a level may grow to; a negative percentage means no limit but the total. */
  static int max(int nominal, int borrowingLimitPercent, int total) {
    return borrowingLimitPercent < 0
        ? nominal + total
        : nominal + (int) Math.round(nominal * (double) borrowingLimitPercent / 100);
  }

  /**
   * The current limits, in the order of the claims: {@code clamp(f * max(min, need), min, max)}
   * with the f that uses the total up.
   */
  static int[] share(List<Claim> claims, int total) {
    double low = 0;
    double high = 1;
    while (sum(claims, high) < total && high < 1e6) {
      high *= 2;
    }
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (sum(claims, middle) < total) {
        low = middle;
      } else {
        high = middle;
      }
    }
    int[] limits = new int[claims.size()];
    for (int i = 0; i < limits.length; i++) {
      limits[i] = (int) Math.round(limit(claims.get(i), high));
    }
    return limits;
  }

  private static double sum(List<Claim> claims, double fraction) {
    double sum = 0;
    for (Claim c : claims) {
      sum += limit(c, fraction);
    }
    return sum;
  }

  private static double limit(Claim c, double fraction) {
    return Math.clamp(fraction * Math.max(c.min, c.need), c.min, Math.max(c.min, c.max));
  }
}
