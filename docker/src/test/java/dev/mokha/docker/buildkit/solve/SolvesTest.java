package dev.mokha.docker.buildkit.solve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.http.Caller;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SolvesTest {
  private static final Caller ALICE =
      new Caller(Caller.Kind.PEER, "alice", List.of("users"), false);
  private static final Caller BOB = new Caller(Caller.Kind.PEER, "bob", List.of("users"), false);

  private static Solve solve(String ref) {
    return new Solve(ref, ALICE, null, Set.of(), Clock.systemUTC());
  }

  @Test
  void aBuildIsItsOwnersAndThereIsOneOfAName() throws InterruptedException {
    Solves solves = new Solves(Duration.ZERO);
    Solve first = solve("a");
    solves.begin(first);
    assertThat(solves.await("a", ALICE)).isSameAs(first);
    assertThatThrownBy(() -> solves.await("a", BOB)).hasMessage("no such job a");
    assertThatThrownBy(() -> solves.await("b", ALICE)).hasMessage("no such job b");
    assertThatThrownBy(() -> solves.begin(solve("a"))).hasMessageContaining("under way already");
    assertThat(solves.count()).isEqualTo(1);
  }

  @Test
  void whatEndedIsKnownForAWhile() throws InterruptedException {
    Solves solves = new Solves(Duration.ZERO);
    for (int i = 0; i < 20; i++) {
      Solve one = solve("ref" + i);
      solves.begin(one);
      solves.end(one);
    }
    assertThat(solves.count()).isZero();
    assertThat(solves.await("ref19", ALICE)).isNotNull();
    assertThatThrownBy(() -> solves.await("ref0", ALICE)).isInstanceOf(Failure.class);
    solves.begin(solve("ref19")); // a name may be used again
    assertThat(solves.count()).isEqualTo(1);
  }

  @Test
  void callsWaitForABuildThatIsAboutToBegin() throws Exception {
    Solves solves = new Solves(Duration.ofMinutes(1));
    CompletableFuture<Solve> found = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                found.complete(solves.await("late", ALICE));
              } catch (InterruptedException e) {
                found.completeExceptionally(e);
              }
            });
    Solve late = solve("late");
    solves.begin(late);
    assertThat(found.get(1, TimeUnit.MINUTES)).isSameAs(late);
  }

  @Test
  void whoWorksOnABuildThatIsGivenUpIsInterrupted() throws Exception {
    Solve solve = solve("x");
    CompletableFuture<Thread> working = new CompletableFuture<>();
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                solve.work(
                    () -> {
                      working.complete(Thread.currentThread());
                      return solve.awaitReturn();
                    });
              } catch (Exception e) {
                ended.complete(Thread.currentThread().isInterrupted());
              }
            });
    working.get(1, TimeUnit.MINUTES);
    solve.cancel();
    assertThat(ended.get(1, TimeUnit.MINUTES)).isFalse(); // what comes next is not meant
    assertThatThrownBy(() -> solve.work(() -> 1)).hasMessage("context canceled");
    assertThatThrownBy(solve::awaitReturn).hasMessage("context canceled");
  }
}
