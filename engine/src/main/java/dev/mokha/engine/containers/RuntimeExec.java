package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.content.DurableFiles;
import dev.mokha.engine.runtime.OciSpec;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.PseudoTerminal;
import dev.mokha.linux.Signals;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A process run by the OCI runtime's exec, over pipes, or over a terminal of ours. It ends with the
 * daemon, as its client's connection does.
 */
final class RuntimeExec implements Container.ExecSession {
  private static final int TERMINAL_BYTES = 1 << 14;
  private static final int SIGWINCH = 28;

  /** How long the runtime may take to start a process. */
  private static final int START_MILLIS = 10_000;

  private static final int NOT_EXECUTABLE = 126;
  private static final int NOT_FOUND = 127;

  /** Gives a program the terminal as its three streams, without making it the daemon's own. */
  private static final String ON_TERMINAL = "exec \"$@\" <\"$0\" >\"$0\" 2>&1";

  private final Process process;
  private final Path files;
  private final PseudoTerminal terminal;
  private final SessionPipe output = new SessionPipe();
  private final Thread reader;
  private final OutputStream stdin;
  private final AtomicBoolean closed = new AtomicBoolean();

  static RuntimeExec start(ManagedContainer container, Container.ExecSpec spec) {
    Path files = null;
    PseudoTerminal terminal = null;
    try {
      files = Files.createTempDirectory(container.bundle(), "exec-");
      Files.write(
          files.resolve("process.json"),
          OciSpec.bytes(
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
                      spec.privileged())));
      List<String> words = new ArrayList<>();
      if (spec.tty()) {
        terminal = PseudoTerminal.open();
        words.addAll(List.of("/bin/sh", "-c", ON_TERMINAL, terminal.slave().toString()));
      }
      words.addAll(
          container
              .host()
              .runtime()
              .command(
                  "--log",
                  files.resolve("log").toString(),
                  "exec",
                  "--process",
                  files.resolve("process.json").toString(),
                  "--pid-file",
                  files.resolve("pid").toString(),
                  container.id()));
      ProcessBuilder builder = new ProcessBuilder(words);
      if (!spec.stdin() || spec.tty()) {
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      }
      return new RuntimeExec(builder.start(), files, terminal, spec);
    } catch (IOException | RuntimeException e) {
      if (terminal != null) {
        terminal.close();
      }
      try {
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

  private RuntimeExec(
      Process process, Path files, PseudoTerminal terminal, Container.ExecSpec spec) {
    this.process = process;
    this.files = files;
    this.terminal = terminal;
    if (terminal == null) {
      stdin = spec.stdin() ? process.getOutputStream() : OutputStream.nullOutputStream();
      reader = null;
    } else {
      stdin = spec.stdin() ? new Keyboard() : OutputStream.nullOutputStream();
      reader = Thread.ofPlatform().name("exec-terminal").daemon().start(this::read);
    }
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(TERMINAL_BYTES);
      for (int n = terminal.read(buffer); n >= 0; n = terminal.read(buffer)) {
        output.put(buffer.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE));
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
    return terminal == null ? process.getInputStream() : output;
  }

  @Override
  public InputStream stderr() {
    return terminal == null ? process.getErrorStream() : InputStream.nullInputStream();
  }

  @Override
  public void resize(int columns, int rows) {
    if (terminal != null && process.isAlive()) {
      terminal.resize(columns, rows);
      // The terminal is not the runtime's controlling one, so the kernel does not tell it.
      Signals.send(process.pid(), SIGWINCH);
    }
  }

  @Override
  public int awaitExit() throws InterruptedException {
    int code = process.waitFor();
    return code == 0 ? 0 : translate(code);
  }

  /** What the runtime itself could not do, in the codes a shell uses (as Docker does). */
  private int translate(int code) {
    try {
      Path log = files.resolve("log");
      if (!Files.exists(log) || Files.size(log) == 0 || Files.exists(files.resolve("pid"))) {
        return code;
      }
      String said = Files.readString(log);
      return said.contains("executable file not found")
              || said.contains("no such file or directory")
          ? NOT_FOUND
          : NOT_EXECUTABLE;
    } catch (IOException e) {
      return code;
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      if (process.isAlive()) {
        Path pid = files.resolve("pid");
        // A runtime that is killed before it has said what it runs would leave that behind.
        for (int i = 0; i < START_MILLIS && process.isAlive() && !Files.exists(pid); i++) {
          Thread.sleep(1);
        }
        if (Files.exists(pid)) {
          Signals.send(Long.parseLong(Files.readString(pid).strip()), Signals.KILL);
        }
        process.destroyForcibly();
      }
      process.waitFor();
      if (reader != null) {
        output.close();
        reader.interrupt();
        reader.join();
        terminal.close();
      }
      DurableFiles.delete(files);
    } catch (IOException | NumberFormatException e) {
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
      try {
        terminal.write(bytes, offset, length);
      } catch (LinuxException | IllegalStateException e) {
        throw new IOException("The process takes no more input: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() throws IOException {
      if (!closed.get() && process.isAlive()) {
        write(new byte[] {EOT}, 0, 1);
      }
    }
  }
}
