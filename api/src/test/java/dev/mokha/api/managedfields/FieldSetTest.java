package dev.mokha.api.managedfields;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.object.Json;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FieldSetTest {
  @Provide
  Arbitrary<FieldSet> sets() {
    Arbitrary<List<String>> path =
        Arbitraries.of("f:a", "f:b", "k:{\"name\":\"x\"}", "v:1").list().ofMinSize(1).ofMaxSize(4);
    return path.list()
        .ofMaxSize(6)
        .map(
            paths -> {
              FieldSet set = new FieldSet();
              for (List<String> p : paths) {
                FieldSet at = set;
                for (String element : p.subList(0, p.size() - 1)) {
                  at = at.child(element);
                }
                at.add(p.getLast());
              }
              return set;
            });
  }

  @Property
  void encodingRoundTrips(@ForAll("sets") FieldSet set) {
    assertThat(FieldSet.decode(set.encode())).isEqualTo(set);
  }

  @Property
  void algebraHolds(
      @ForAll("sets") FieldSet a, @ForAll("sets") FieldSet b, @ForAll("sets") FieldSet c) {
    assertThat(a.union(b)).isEqualTo(b.union(a));
    assertThat(a.union(a)).isEqualTo(a);
    assertThat(a.union(b.union(c))).isEqualTo(a.union(b).union(c));
    assertThat(a.intersection(b)).isEqualTo(b.intersection(a));
    assertThat(a.intersection(b)).isEqualTo(a.difference(a.difference(b)));
    assertThat(a.difference(b).union(a.intersection(b))).isEqualTo(a);
    assertThat(a.difference(b).intersection(b).isEmpty()).isTrue();
    assertThat(a.difference(b.union(c))).isEqualTo(a.difference(b).difference(c));
  }

  @Property
  void algebraIsThatOfThePaths(@ForAll("sets") FieldSet a, @ForAll("sets") FieldSet b) {
    List<String> common = a.paths().stream().filter(b.paths()::contains).toList();
    assertThat(a.intersection(b).paths()).containsExactlyInAnyOrderElementsOf(common);
    assertThat(a.difference(b).paths())
        .containsExactlyInAnyOrderElementsOf(
            a.paths().stream().filter(p -> !common.contains(p)).toList());
  }

  @Test
  void writesPathsAsClientsKnowThem() {
    FieldSet set =
        FieldSet.decode(
            Json.MAPPER.readTree(
                """
                {"f:spec":{"f:ports":{"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:name":{}}}},
                 "f:metadata":{"f:finalizers":{"v:\\"x\\"":{}}}}\
                """));
    assertThat(set.paths())
        .containsExactlyInAnyOrder(
            ".spec.ports[port=80,protocol=\"TCP\"]",
            ".spec.ports[port=80,protocol=\"TCP\"].name",
            ".metadata.finalizers[=\"x\"]");
  }
}
