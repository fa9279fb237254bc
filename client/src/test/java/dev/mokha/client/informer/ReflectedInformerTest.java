package dev.mokha.client.informer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.api.error.StatusException;
import dev.mokha.client.Kinds;
import dev.mokha.client.informer.Informer.Handler;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReflectedInformerTest {
  private final ScriptedClient server = new ScriptedClient();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private Informers informers;

  @AfterEach
  void close() {
    informers.close();
  }

  private Informer<ConfigMap> start() {
    informers = Informers.of(server);
    Informer<ConfigMap> informer = informers.get(Kinds.CONFIG_MAP);
    informer.addHandler(recorder());
    informer.awaitSync(Duration.ofSeconds(10));
    return informer;
  }

  private Handler<ConfigMap> recorder() {
    return new Handler<>() {
      @Override
      public void onAdd(ConfigMap object) {
        heard.add("+" + object.getMetadata().getName());
      }

      @Override
      public void onUpdate(ConfigMap before, ConfigMap after) {
        heard.add("~" + after.getMetadata().getName());
      }

      @Override
      public void onDelete(ConfigMap object) {
        heard.add("-" + object.getMetadata().getName());
      }
    };
  }

  private String next() throws InterruptedException {
    return heard.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void listsThenFollows() throws Exception {
    server.put("a", 1);
    Informer<ConfigMap> informer = start();
    assertThat(next()).isEqualTo("+a");
    server.awaitWatch().onEvent("ADDED", server.put("b", 2));
    assertThat(next()).isEqualTo("+b");
    server.awaitWatch().onEvent("MODIFIED", server.put("b", 3));
    assertThat(next()).isEqualTo("~b");
    server.awaitWatch().onEvent("DELETED", server.remove("a"));
    assertThat(next()).isEqualTo("-a");
    assertThat(informer.list("ns")).extracting(c -> c.getMetadata().getName()).containsExactly("b");
  }

  @Test
  void goesOnFromTheLastRevisionWhenAWatchEnds() throws Exception {
    server.put("a", 1);
    start();
    assertThat(next()).isEqualTo("+a");
    server.awaitWatch().onEvent("ADDED", server.put("b", 7));
    server.endWatch(null);
    server.awaitWatch();
    assertThat(server.watchedFrom()).isEqualTo("7");
    assertThat(server.lists()).isEqualTo(1);
  }

  @Test
  void listsAgainAndTellsTheDifferenceWhenTheRevisionHasExpired() throws Exception {
    server.put("a", 1);
    server.put("b", 2);
    start();
    assertThat(List.of(next(), next())).containsExactlyInAnyOrder("+a", "+b");
    server.awaitWatch();
    server.remove("a");
    server.put("b", 9);
    server.put("c", 10);
    server.endWatch(StatusException.expired("too old resource version"));
    assertThat(List.of(next(), next(), next())).containsExactlyInAnyOrder("-a", "~b", "+c");
  }

  @Test
  void findsByIndex() throws Exception {
    server.put("a", 1);
    Informer<ConfigMap> informer = start();
    informer.addIndex("initial", c -> List.of(c.getMetadata().getName().substring(0, 1)));
    assertThat(informer.byIndex("initial", "a")).hasSize(1);
    next();
    server.awaitWatch().onEvent("DELETED", server.remove("a"));
    assertThat(next()).isEqualTo("-a");
    assertThat(informer.byIndex("initial", "a")).isEmpty();
  }

  /** Lists what it was given; watches are told by the test. */
}
