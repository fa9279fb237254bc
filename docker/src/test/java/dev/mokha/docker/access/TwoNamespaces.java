package dev.mokha.docker.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokha.docker.TestDocker;
import dev.mokha.docker.http.Access;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Caller;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * A member of namespace {@code team}, and what is another's, in {@code default}: the running
 * container {@code their}, an exec in it, the volume {@code theirs} and the network {@code
 * theirnet}.
 */
final class TwoNamespaces implements AutoCloseable {
  private static final Set<String> BOTH = Set.of("default", "team");

  /** The namespaces in which whoever calls has rights. */
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  private final TestDocker docker;
  private final String container;
  private final String exec;
  private final String network;

  private final Access member =
      new Access() {
        @Override
        public Decision decide(Caller caller, Action action) {
          String namespace = action.namespace().isEmpty() ? "team" : action.namespace();
          return open.contains(namespace) && action.powers().isEmpty()
              ? Decision.ALLOWED
              : Decision.denied(
                  "not in "
                      + namespace
                      + ": "
                      + action.verb()
                      + " "
                      + action.resource()
                      + " "
                      + action.name());
        }

        @Override
        public String namespaceOf(Caller caller) {
          return open.contains("default") ? "default" : "team";
        }
      };

  TwoNamespaces() {
    docker = new TestDocker(member, List.of()).withBusybox();
    open.addAll(BOTH);
    docker.call("POST", "/volumes/create", "{\"Name\":\"theirs\"}");
    network =
        docker
            .call("POST", "/networks/create", "{\"Name\":\"theirnet\"}")
            .json()
            .path("Id")
            .asString();
    container =
        docker
            .call(
                "POST",
                "/containers/create?name=their",
                "{\"Image\":\"busybox\",\"Cmd\":[\"sleep\",\"600\"],"
                    + "\"HostConfig\":{\"Binds\":[\"theirs:/x\"]}}")
            .json()
            .path("Id")
            .asString();
    assertThat(docker.call("POST", "/containers/their/start").status()).isEqualTo(204);
    exec =
        docker
            .call("POST", "/containers/their/exec", "{\"Cmd\":[\"true\"]}")
            .json()
            .path("Id")
            .asString();
    open.remove("default");
  }

  TestDocker docker() {
    return docker;
  }

  /** The other's container's id. */
  String container() {
    return container;
  }

  String exec() {
    return exec;
  }

  String network() {
    return network;
  }

  /** Does something with rights everywhere. */
  <T> T asEverybody(Supplier<T> work) {
    open.addAll(BOTH);
    try {
      return work.get();
    } finally {
      open.remove("default");
    }
  }

  @Override
  public void close() {
    open.addAll(BOTH);
    docker.close();
  }
}
