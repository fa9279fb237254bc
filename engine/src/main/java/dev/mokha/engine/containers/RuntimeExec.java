package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.runtime.OciRuntime;
import dev.mokha.engine.runtime.OciSpec;
import dev.mokha.engine.runtime.ProcessTree;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.ProcessExits;
import dev.mokha.linux.PseudoTerminal;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A process run by the OCI runtime's exec, over pipes, or over a terminal of ours. One that has an
 * id and no terminal goes on without the daemon ({@link HeldExec}) and is found again by the next
 * one ({@link AdoptedExec}); its streams are lost, as its client's connection is.
 */
final class RuntimeExec implements Container.ExecSession {
  private static final Logger log = LoggerFactory.getLogger(RuntimeExec.class);
  private static final int TERMINAL_BYTES = 1 << 14;
  private static final int SIGWINCH = 28;

  /** How long the runtime may take to start a process. */
  private static final int START_MILLIS = 10_000;

  /** How long it may take at most, whether its client waits or not. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How soon it is seen that the process has ended and others hold its terminal. */
  private static final int IDLE_MILLIS = 200;

  private static final int STREAMS = 3;
  private static final String PID = "pid";

  private final Process process;
  private final HeldExec held;
  private final OciRuntime runtime;
  private final String command;
  private final Path files;
  private final ExecTerminal terminal;
  private final SessionPipe output = new SessionPipe();
  private final Thread reader;
  private final OutputStream stdin;
  private final boolean detached;
  private final ProcessExits exits;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile int pid;
  private volatile String failure;

  /**
   * Begins.
   *
   * @param id by which a later daemon finds it; empty for one that need not be found
   */
  static RuntimeExec start(ManagedContainer container, Container.ExecSpec spec, String id) {
    Path files = null;
    ExecTerminal terminal = null;
    HeldExec held = null;
    OciRuntime runtime = container.host().runtime();
    try {
      files =
          id.isEmpty()
              ? Files.createTempDirectory(container.bundle(), HeldExec.PREFIX)
              : Files.createDirectory(HeldExec.directory(container.bundle(), id));
      Files.write(files.resolve("process.json"), OciSpec.bytes(process(container, spec)));
      List<String> words = new ArrayList<>();
      List<String> options =
          new ArrayList<>(
              List.of(
                  "--log",
                  files.resolve("log").toString(),
                  "exec",
                  "--process",
                  files.resolve("process.json").toString(),
                  "--pid-file",
                  files.resolve(PID).toString()));
      if (spec.tty()) {
        terminal = ExecTerminal.open(runtime, spec.columns(), spec.rows());
        words.addAll(terminal.before());
        options.addAll(terminal.options());
      }
      if (!id.isEmpty() && !spec.tty()) {
        held = new HeldExec(files, !spec.detached());
        words.addAll(held.holder());
      }
      options.add(container.id());
      words.addAll(runtime.command(options.toArray(String[]::new)));
      ProcessBuilder builder = new ProcessBuilder(words);
      if (!spec.stdin() || spec.tty() || spec.detached()) {
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      }
      if (spec.detached()) {
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      }
      Process process = held == null ? builder.start() : held.start(builder);
      return new RuntimeExec(
          process, files, terminal, held, spec, runtime, container.host().processExits());
    } catch (IOException | RuntimeException e) {
      if (held != null) {
        held.close();
      }
      try {
        if (terminal != null) {
          terminal.close();
        }
        if (files != null) {
          DurableFiles.delete(files);
        }
      } catch (IOException more) {
        e.addSuppressed(more);
      }
      if (e instanceof EngineException known) {
        throw known;
      }
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "Nothing can be run in container " + container.id() + ": " + e.getMessage(),
          e);
    }
  }

  private static ObjectNode process(ManagedContainer container, Container.ExecSpec spec)
      throws IOException {
    ObjectNode process =
        container
            .host()
            .specs()
            .exec(
                OciSpec.read(container.bundle().resolve("config.json")),
                container.rootfs(),
                spec.command(),
                spec.env(),
                spec.user(),
                spec.workingDir(),
                spec.tty(),
                spec.privileged());
    process.remove("consoleSize");
    if (spec.tty() && spec.columns() > 0 && spec.rows() > 0) {
      process.putObject("consoleSize").put("height", spec.rows()).put("width", spec.columns());
    }
    return process;
  }

  private RuntimeExec(
      Process process,
      Path files,
      ExecTerminal terminal,
      HeldExec held,
      Container.ExecSpec spec,
      OciRuntime runtime,
      ProcessExits exits) {
    this.exits = exits;
    this.held = held;
    this.process = process;
    this.runtime = runtime;
    this.command = spec.command().getFirst();
    this.files = files;
    this.terminal = terminal;
    this.detached = spec.detached();
    boolean input = spec.stdin() && !detached;
    if (terminal == null) {
      stdin = input ? process.getOutputStream() : OutputStream.nullOutputStream();
      reader = null;
    } else {
      stdin = input ? new Keyboard() : OutputStream.nullOutputStream();
      reader = Thread.ofPlatform().name("exec-terminal").daemon().start(this::read);
    }
    Thread.ofVirtual().start(this::endLate);
    if (detached) {
      output.close(); // nobody reads it
      process.onExit().thenRunAsync(this::clear, task -> Thread.ofVirtual().start(task));
    }
  }

  /** A runtime that has not begun the process in time is killed, and whoever waits hears why. */
  private void endLate() {
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) && pid() == 0) {
        failure =
            "the OCI runtime did not start the process within %d s, and was killed"
                .formatted(PATIENCE.toSeconds());
        ProcessTree.kill(process.pid());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(TERMINAL_BYTES);
      PseudoTerminal master = terminal.await(process::isAlive).orElse(null);
      int n = 0;
      while (master != null && n >= 0) {
        // What the process left behind may keep the terminal open: its end is the end.
        boolean last = terminal.isHandedOver() && !process.isAlive();
        if (!terminal.isHandedOver() || master.awaitInput(last ? 0 : IDLE_MILLIS)) {
          n = master.read(buffer);
          if (n > 0) {
            output.put(buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE));
          }
        } else if (last) {
          break;
        }
      }
    } catch (InterruptedException | LinuxException | IllegalStateException ended) {
      // Nobody reads any more.
    } finally {
      output.end();
    }
  }

  @Override
  public OutputStream stdin() {
    return stdin;
  }

  @Override
  public InputStream stdout() {
    if (held != null && !detached) {
      return held.stdout();
    }
    return terminal == null ? process.getInputStream() : output;
  }

  @Override
  public InputStream stderr() {
    if (held != null && !detached) {
      return held.stderr();
    }
    return terminal == null ? process.getErrorStream() : InputStream.nullInputStream();
  }

  /**
   * The process has a terminal of the runtime's making, which follows ours when the runtime is
   * told; that may take a while, so it is set directly too.
   */
  @Override
  public void resize(int columns, int rows) {
    if (terminal == null || !process.isAlive()) {
      return;
    }
    if (terminal.isHandedOver()) {
      terminal.await(process::isAlive).ifPresent(master -> master.resize(columns, rows));
      return;
    }
    terminal.now().ifPresent(master -> master.resize(columns, rows));
    // The terminal is not the runtime's controlling one, so the kernel does not tell it.
    Signals.send(process.pid(), SIGWINCH);
    int pid = pid();
    for (int i = 0; pid > 0 && i < STREAMS; i++) {
      Path stream = Path.of("/proc", Integer.toString(pid), "fd", Integer.toString(i));
      try {
        if (Files.readSymbolicLink(stream).startsWith("/dev/pts")) {
          PseudoTerminal.resize(stream, columns, rows);
          return;
        }
      } catch (IOException | LinuxException e) {
        log.trace("{} is no terminal", stream, e);
      }
    }
  }

  @Override
  public int pid() {
    if (pid == 0) {
      try {
        pid = Integer.parseInt(Files.readString(files.resolve(PID)).strip());
      } catch (IOException | NumberFormatException notYet) {
        return 0;
      }
    }
    return pid;
  }

  @Override
  public int awaitExit() throws InterruptedException {
    int code = process.waitFor();
    String said = code == 0 ? "" : failure();
    if (said.isEmpty()) {
      return code;
    }
    return StartFailure.exitCode(said);
  }

  @Override
  public String failure() {
    if (failure == null) {
      try {
        Path said = files.resolve("log");
        if (process.isAlive() || pid() > 0 || closed.get() && !Files.exists(files)) {
          return "";
        }
        String text =
            Files.exists(said)
                ? new String(Files.readAllBytes(said), StandardCharsets.UTF_8).strip()
                : "";
        String message = text.isEmpty() ? "" : runtime.executing(text, command);
        failure =
            message.isEmpty() && process.exitValue() != 0
                ? "the OCI runtime ended with %d and said nothing".formatted(process.exitValue())
                : message;
      } catch (IOException e) {
        return "";
      }
    }
    return failure;
  }

  @Override
  public void close() {
    if (detached) {
      return;
    }
    if (held != null && process.isAlive()) {
      // It goes on without who asked for it.
      process.onExit().thenRunAsync(this::clear, task -> Thread.ofVirtual().start(task));
      return;
    }
    if (process.isAlive()) {
      // A runtime that is killed before it has said what it runs would leave that behind.
      try {
        for (int i = 0; i < START_MILLIS && process.isAlive() && pid() == 0; i++) {
          Thread.sleep(1);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (process.isAlive() && pid() > 0) {
        Signals.send(pid(), Signals.KILL);
        process.destroyForcibly();
      } else {
        ProcessTree.kill(process.pid());
      }
    }
    clear();
  }

  private void clear() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      process.waitFor();
      pid(); // is known afterwards
      if (reader != null) {
        output.close();
        reader.interrupt();
        reader.join();
        terminal.close();
      }
      failure(); // too
      if (held != null) {
        held.close();
      }
      if (held == null || !exits.isClosed()) { // else the next engine reads the exit code there
        DurableFiles.delete(files);
      }
    } catch (IOException e) {
      throw new EngineException(
          EngineException.Code.INTERNAL, "An exec session did not end well: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Keyboard extends OutputStream {
    /** End of transmission: what a terminal takes for the end of input. */
    private static final byte EOT = 4;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      terminal.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      if (!closed.get() && process.isAlive()) {
        write(new byte[] {EOT}, 0, 1);
      }
    }
  }
}
