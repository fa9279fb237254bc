package dev.mokha.server.flow;

import java.nio.charset.StandardCharsets;

/**
 * Deals each flow a hand of queues, so that two flows rarely share all of theirs: a flood fills its
 * own hand and leaves every other flow at least one queue without it.
 */
final class ShuffleSharding {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private ShuffleSharding() {}

  /** A number that stands for a flow. */
  static long hash(String schema, String distinguisher) {
    long h = FNV_OFFSET;
    for (byte b : schema.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xff)) * FNV_PRIME;
    }
    h = (h ^ 0xff) * FNV_PRIME; // No text has this byte: "a"+"bc" differs from "ab"+"c".
    for (byte b : distinguisher.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xff)) * FNV_PRIME;
    }
    // FNV's last steps spread little into the high bits, by which the first cards are dealt.
    h ^= h >>> 33;
    h *= 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    return h;
  }

  /** Different queues, from 0 to {@code deck - 1}; always the same for the same flow. */
  static int[] deal(long hash, int deck, int size) {
    int hand = Math.min(deck, size);
    int[] cards = new int[hand];
    long rest = hash;
    for (int i = 0; i < hand; i++) {
      int left = deck - i;
      int card = (int) Long.remainderUnsigned(rest, left);
      rest = Long.divideUnsigned(rest, left);
      // The card counts only those not dealt yet; the hand so far is sorted.
      int at = 0;
      while (at < i && cards[at] <= card) {
        card++;
        at++;
      }
      System.arraycopy(cards, at, cards, at + 1, i - at);
      cards[at] = card;
    }
    return cards;
  }
}
