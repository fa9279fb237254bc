package dev.mokha.engine.build;

import dev.mokha.engine.containers.ContainerSpec;
import java.util.List;

/**
 * Connects the containers of RUN steps. Life: {@link #connect} before a step's container is
 * created; {@link #disconnect} when it is gone, also after a kill, for every id that is found on
 * disk; it may be called again, and for what was never connected.
 */
public interface BuildNetwork {
  /** None but the host's, and none. */
  BuildNetwork NONE =
      new BuildNetwork() {
        @Override
        public Connection connect(String containerId, String mode, List<String> extraHosts) {
          return new Connection("", List.of());
        }

        @Override
        public void disconnect(String containerId) {
          // Nothing was made.
        }
      };

  /**
   * Connects a container.
   *
   * @param mode {@code default}, or the name of a network or {@code container:ID}; never {@code
   *     none} or {@code host}
   * @param extraHosts {@code name:address} for /etc/hosts
   */
  Connection connect(String containerId, String mode, List<String> extraHosts);

  /** Takes the connection away. */
  void disconnect(String containerId);

  /**
   * A connection.
   *
   * @param namespace path of the network namespace; empty for a new one with nothing in it
   * @param files what is mounted for name resolution: /etc/resolv.conf, /etc/hosts
   */
  record Connection(String namespace, List<ContainerSpec.Mount> files) {
    /** Copies the files. */
    public Connection {
      files = List.copyOf(files);
    }
  }
}
