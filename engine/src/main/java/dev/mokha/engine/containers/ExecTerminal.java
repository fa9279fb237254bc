package dev.mokha.engine.containers;

import dev.mokha.engine.runtime.OciRuntime;
import dev.mokha.linux.ConsoleSocket;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.PseudoTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * The terminal of one session. runc makes one for the process and copies between that and one of
 * ours; crun, which would lose what is still in its own when the process ends, hands it over.
 */
final class ExecTerminal implements AutoCloseable {
  /** Gives a program the terminal as its three streams, without making it the daemon's own. */
  private static final String ON_TERMINAL = "exec \"$@\" <\"$0\" >\"$0\" 2>&1";

  private final CompletableFuture<PseudoTerminal> master = new CompletableFuture<>();
  private final ConsoleSocket socket;
  private final Path place;

  private ExecTerminal(ConsoleSocket socket, Path place) {
    this.socket = socket;
    this.place = place;
  }

  /** One for a session that is about to begin. */
  static ExecTerminal open(OciRuntime runtime, int columns, int rows) throws IOException {
    if (runtime.handsTerminalsOver()) {
      Path place = runtime.consoles().resolve(UUID.randomUUID().toString().substring(0, 13));
      return new ExecTerminal(ConsoleSocket.listen(place), place);
    }
    ExecTerminal own = new ExecTerminal(null, null);
    PseudoTerminal terminal = PseudoTerminal.open();
    own.master.complete(terminal);
    if (columns > 0 && rows > 0) {
      terminal.resize(columns, rows);
    }
    return own;
  }

  /** Whether it is the process's own, not another one that the runtime copies. */
  boolean isHandedOver() {
    return socket != null;
  }

  /** Words before the runtime's command line. */
  List<String> before() {
    return isHandedOver()
        ? List.of()
        : List.of("/bin/sh", "-c", ON_TERMINAL, master.join().slave().toString());
  }

  /** The runtime's options. */
  List<String> options() {
    return isHandedOver() ? List.of("--console-socket", place.toString()) : List.of();
  }

  /**
   * Waits for it.
   *
   * @param mayCome whether the runtime is still there
   */
  synchronized Optional<PseudoTerminal> await(BooleanSupplier mayCome) {
    if (!master.isDone()) {
      try {
        socket
            .accept(mayCome)
            .ifPresentOrElse(
                master::complete,
                () -> master.completeExceptionally(new IOException("There is no terminal")));
      } catch (LinuxException e) {
        master.completeExceptionally(e);
      }
    }
    return now();
  }

  /** It, when it is there. */
  Optional<PseudoTerminal> now() {
    return master.isDone() && !master.isCompletedExceptionally()
        ? Optional.of(master.join())
        : Optional.empty();
  }

  /** Types, as soon as it is there. */
  void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      master.get().write(bytes, offset, length);
    } catch (ExecutionException | LinuxException | IllegalStateException e) {
      throw new IOException("The process takes no more input: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("Typing was interrupted");
    }
  }

  @Override
  public void close() throws IOException {
    master.completeExceptionally(new IOException("The session has ended"));
    now().ifPresent(PseudoTerminal::close);
    if (socket != null) {
      socket.close();
      Files.deleteIfExists(place);
    }
  }
}
