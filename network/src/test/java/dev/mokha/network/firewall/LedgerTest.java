package dev.mokha.network.firewall;

import static dev.mokha.network.firewall.ElementMap.SERVICES;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class LedgerTest {
  private static Elements elements(String... keysAndValues) {
    Elements.Builder builder = new Elements.Builder();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      builder.put(SERVICES, keysAndValues[i], keysAndValues[i + 1]);
    }
    return builder.build();
  }

  @Test
  void onlyDifferencesReachTheKernel() {
    Ledger ledger = new Ledger();
    assertThat(ledger.update(Map.of("a", elements("k1", "v1", "k2", "v2"))).get(SERVICES))
        .isEqualTo(new Ledger.Change(java.util.Set.of(), Map.of("k1", "v1", "k2", "v2")));
    assertThat(ledger.update(Map.of("a", elements("k1", "v1", "k2", "v3"))).get(SERVICES))
        .isEqualTo(new Ledger.Change(java.util.Set.of("k2"), Map.of("k2", "v3")));
    assertThat(ledger.update(Map.of("a", elements("k1", "v1", "k2", "v3")))).isEmpty();
  }

  @Test
  void aSecondOwnerGetsTheKeyWhenTheFirstLetsGo() {
    Ledger ledger = new Ledger();
    ledger.update(Map.of("b", elements("k", "of b")));
    ledger.update(Map.of("a", elements("k", "of a")));
    assertThat(ledger.value(SERVICES, "k")).isEqualTo("of a");
    assertThat(ledger.update(Map.of("a", Elements.NONE)).get(SERVICES).added())
        .isEqualTo(Map.of("k", "of b"));
    assertThat(ledger.update(Map.of("b", Elements.NONE)).get(SERVICES).removed())
        .containsExactly("k");
    assertThat(ledger.all(SERVICES)).isEmpty();
  }

  /** A step: an owner and the values it wants for keys 0 to 3, -1 for none. */
  record Step(String owner, List<Integer> values) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.of("a", "b", "c"), Arbitraries.integers().between(-1, 2).list().ofSize(4))
        .as(Step::new)
        .list()
        .ofMaxSize(30);
  }

  @Property(tries = 300)
  void applyingTheChangesGivesWhatIsWanted(@ForAll("steps") List<Step> steps) {
    Ledger ledger = new Ledger();
    Map<String, String> kernel = new HashMap<>();
    Map<String, Map<String, String>> wanted = new java.util.TreeMap<>();
    for (Step step : steps) {
      Elements.Builder builder = new Elements.Builder();
      Map<String, String> own = new HashMap<>();
      for (int i = 0; i < 4; i++) {
        if (step.values().get(i) >= 0) {
          builder.put(SERVICES, "k" + i, "v" + step.values().get(i));
          own.put("k" + i, "v" + step.values().get(i));
        }
      }
      wanted.put(step.owner(), own);
      Ledger.Change change =
          ledger
              .update(Map.of(step.owner(), builder.build()))
              .getOrDefault(SERVICES, Ledger.Change.none());
      for (String key : change.removed()) {
        assertThat(kernel.remove(key)).as("removed but not there: " + key).isNotNull();
      }
      change
          .added()
          .forEach(
              (key, value) ->
                  assertThat(kernel.put(key, value)).as("added twice: " + key).isNull());
      Map<String, String> expected = new HashMap<>();
      wanted.values().forEach(map -> map.forEach(expected::putIfAbsent));
      assertThat(kernel).isEqualTo(expected);
      assertThat(ledger.all(SERVICES)).isEqualTo(expected);
    }
  }
}
