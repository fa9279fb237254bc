package dev.mokha.engine.containers;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The containers of an engine.
 *
 * <p>Life of a container: {@link #create} writes its definition and nothing else; {@link
 * Container#start} mounts its root, has conmon create it through the OCI runtime and runs its
 * process; it exits by itself or by {@link Container#stop}, and may be started again on the root it
 * left; {@link Container#remove} takes everything away. conmon holds each run, so that the daemon
 * may be killed at any point of this and find the container again.
 *
 * <pre>{@code
 * Container web = engine.containers().create(spec);
 * web.start();
 * int code = web.awaitExit();
 * web.remove();
 * }</pre>
 */
public interface Containers {
  /** Creates a container. Its id must not be in use; see {@link ContainerSpec#id}. */
  Container create(ContainerSpec spec);

  /** The container of that id. */
  Optional<Container> find(String id);

  /** All containers of an owner, of all owners when it is empty. */
  List<Container> list(String owner);

  /**
   * Hears every change of a container's state: created, started, exited, removed. Exits that
   * happened while no daemon ran are told after adoption. Changes of one container are heard in
   * order, and its state is what it changed to. The listener must not block, nor act on a
   * container.
   */
  void onChange(Consumer<Container> listener);

  /** Hears what else happens to containers. The listener must not block. */
  void onEvent(Consumer<ContainerEvent> listener);

  /**
   * Names who prepares each run of an owner's containers. Without one, a container runs as it is
   * specified. Register before the containers are restarted by {@link #supervise}.
   */
  void prepareWith(String owner, Preparation preparation);

  /**
   * Begins to restart and check what asks for it; containers whose policy says so are started. Call
   * once, when every owner is registered.
   */
  void supervise();
}
