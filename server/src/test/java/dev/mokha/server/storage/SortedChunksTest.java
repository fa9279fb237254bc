package dev.mokha.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SortedChunksTest {
  @Test
  void behavesLikeASortedMapAndLeavesEarlierOnesAlone() {
    Random random = new Random(42);
    TreeMap<String, Integer> model = new TreeMap<>();
    SortedChunks<Integer> map = SortedChunks.empty();
    List<SortedChunks<Integer>> snapshots = new ArrayList<>();
    List<TreeMap<String, Integer>> copies = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      String key = "ns" + random.nextInt(5) + "/o" + random.nextInt(3000);
      if (random.nextInt(3) == 0) {
        map = map.without(key);
        model.remove(key);
      } else {
        map = map.with(key, i);
        model.put(key, i);
      }
      if (i % 2500 == 0) {
        snapshots.add(map);
        copies.add(new TreeMap<>(model));
      }
    }
    snapshots.add(map);
    copies.add(model);
    for (int i = 0; i < snapshots.size(); i++) {
      assertSame(snapshots.get(i), copies.get(i));
    }
  }

  private static void assertSame(SortedChunks<Integer> map, TreeMap<String, Integer> model) {
    TreeMap<String, Integer> all = new TreeMap<>();
    List<String> order = new ArrayList<>();
    map.scan(
        "",
        null,
        (k, v) -> {
          all.put(k, v);
          order.add(k);
          return true;
        });
    assertThat(all).isEqualTo(model);
    assertThat(order).isSorted();
    assertThat(map.size()).isEqualTo(model.size());
    model.forEach((k, v) -> assertThat(map.get(k)).isEqualTo(v));
    assertThat(map.get("none")).isNull();
    List<String> part = new ArrayList<>();
    map.scan(
        "ns2/",
        "ns20",
        (k, v) -> {
          part.add(k);
          return true;
        });
    assertThat(part).containsExactlyElementsOf(model.subMap("ns2/", "ns20").keySet());
  }

  @Test
  void keysInOrderFillTheirChunks() {
    SortedChunks<Integer> map = SortedChunks.empty();
    for (int i = 0; i < 1000; i++) {
      map = map.with("k%05d".formatted(i), i);
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(map.get("k%05d".formatted(i))).isEqualTo(i);
    }
    for (int i = 0; i < 1000; i++) {
      map = map.without("k%05d".formatted(i));
    }
    assertThat(map.size()).isZero();
  }
}
