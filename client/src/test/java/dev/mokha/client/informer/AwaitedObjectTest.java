package dev.mokha.client.informer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.KubeObject;
import dev.mokha.client.Kinds;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AwaitedObjectTest {
  private final ScriptedClient server = new ScriptedClient();

  private final AwaitedObject object =
      new AwaitedObject(server, Kinds.CONFIG_MAP.resource(), "ns", "mine");

  /** The first revision from 5 on. */
  private static Optional<String> wanted(KubeObject object) {
    return Optional.of(object.resourceVersion()).filter(v -> Integer.parseInt(v) >= 5);
  }

  private CompletableFuture<String> awaited() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                answer.complete(object.await(Duration.ofSeconds(30), AwaitedObjectTest::wanted));
              } catch (Exception e) {
                answer.completeExceptionally(e);
              }
            });
    return answer;
  }

  @Test
  void whatIsThereAlreadyIsAnsweredAtOnce() throws Exception {
    server.put("mine", 7);

    assertThat(object.await(Duration.ofSeconds(30), AwaitedObjectTest::wanted)).isEqualTo("7");
  }

  @Test
  void whatComesLaterIsAnsweredThenAndOthersAreNotLookedAt() throws Exception {
    server.put("mine", 1);
    CompletableFuture<String> answer = awaited();

    server.awaitWatch().onEvent("MODIFIED", server.put("other", 6));
    server.awaitWatch().onEvent("MODIFIED", server.put("mine", 2));
    assertThat(answer).isNotDone();
    server.awaitWatch().onEvent("MODIFIED", server.put("mine", 8));

    assertThat(answer.join()).isEqualTo("8");
  }

  @Test
  void aRemovalEndsTheWaiting() throws Exception {
    server.put("mine", 1);
    CompletableFuture<String> answer = awaited();

    server.awaitWatch().onEvent("DELETED", server.remove("mine"));

    assertThatThrownBy(answer::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.isNotFound()).isTrue());
  }

  @Test
  void whatTheLookThrowsIsThrown() {
    server.put("mine", 1);

    assertThatThrownBy(
            () ->
                object.await(
                    Duration.ofSeconds(30),
                    state -> {
                      throw new IllegalStateException("refused");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("refused");
  }

  @Test
  void patienceEnds() {
    server.put("mine", 1);

    assertThatThrownBy(() -> object.await(Duration.ofMillis(20), AwaitedObjectTest::wanted))
        .isInstanceOf(TimeoutException.class);
  }
}
