package dev.mokha.scheduler;

import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * Amounts of resources, as whole numbers.
 *
 * @param milliCpu thousandths of a CPU
 * @param memory bytes
 * @param ephemeralStorage bytes
 * @param extended all other resources by name, rounded up to whole units
 */
public record Amounts(
    long milliCpu, long memory, long ephemeralStorage, Map<String, Long> extended) {
  /** Nothing of anything. */
  public static final Amounts ZERO = new Amounts(0, 0, 0, Map.of());

  private static final BigDecimal THOUSAND = BigDecimal.valueOf(1000);

  /** The amounts of a resource list; null counts as empty. {@code pods} is counted elsewhere. */
  public static Amounts of(Map<String, Quantity> list) {
    if (list == null || list.isEmpty()) {
      return ZERO;
    }
    long cpu = 0;
    long memory = 0;
    long storage = 0;
    Map<String, Long> extended = new HashMap<>();
    for (Map.Entry<String, Quantity> e : list.entrySet()) {
      switch (e.getKey()) {
        case "cpu" -> cpu = up(e.getValue().getNumericalAmount().multiply(THOUSAND));
        case "memory" -> memory = up(e.getValue().getNumericalAmount());
        case "ephemeral-storage" -> storage = up(e.getValue().getNumericalAmount());
        case "pods" -> {}
        default -> extended.put(e.getKey(), up(e.getValue().getNumericalAmount()));
      }
    }
    return new Amounts(cpu, memory, storage, extended);
  }

  private static long up(BigDecimal value) {
    return value.setScale(0, RoundingMode.CEILING).longValue();
  }

  /** Both together. */
  public Amounts plus(Amounts other) {
    return combine(other, Long::sum);
  }

  /** This without the other. */
  public Amounts minus(Amounts other) {
    return combine(other, (a, b) -> a - b);
  }

  /** The larger of each. */
  public Amounts max(Amounts other) {
    return combine(other, Math::max);
  }

  private Amounts combine(Amounts other, BinaryOperator<Long> by) {
    Map<String, Long> all = Map.of();
    if (!extended.isEmpty() || !other.extended.isEmpty()) {
      all = new HashMap<>(extended);
      for (Map.Entry<String, Long> e : other.extended.entrySet()) {
        all.put(e.getKey(), by.apply(all.getOrDefault(e.getKey(), 0L), e.getValue()));
      }
    }
    return new Amounts(
        by.apply(milliCpu, other.milliCpu),
        by.apply(memory, other.memory),
        by.apply(ephemeralStorage, other.ephemeralStorage),
        Collections.unmodifiableMap(all));
  }
}
