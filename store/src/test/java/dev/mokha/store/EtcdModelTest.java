package dev.mokha.store;

import dev.mokha.store.etcd.EtcdProcess;
import dev.mokha.store.etcd.EtcdStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random histories against the model, in a real etcd, each below a prefix of its own. */
final class EtcdModelTest extends HistoryModel {
  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private static Path directory;
  private static EtcdProcess etcd;

  @BeforeContainer
  static void startEtcd() throws Exception {
    directory = Files.createTempDirectory("mokha-etcd-model");
    etcd = EtcdProcess.start(directory);
  }

  @AfterContainer
  static void endEtcd() throws Exception {
    if (etcd != null) {
      etcd.close();
    }
    StoreModelTest.delete(directory);
  }

  @Property(tries = 20, shrinking = ShrinkingMode.BOUNDED)
  void etcd(@ForAll("histories") List<Action> actions) throws Exception {
    String prefix = "/model/" + PREFIXES.incrementAndGet();
    play(actions, () -> EtcdStore.open(etcd.address(prefix)));
  }
}
