package dev.mokha.engine.containers;

import dev.mokha.linux.LinuxException;
import dev.mokha.linux.SeqpacketSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connection to a container's first process, through conmon's attach socket: what comes is a
 * message that begins with the stream's number, what goes is plain. It may be opened before there
 * is a run: then what is read and written waits for it.
 */
final class AttachSession implements Container.ExecSession {
  private static final int MESSAGE_BYTES = 1 << 15;

  /** conmon reads at most this much of a message. */
  private static final int SEND_BYTES = 8192;

  private static final int STDOUT = 2;
  private static final int STDERR = 3;

  private final ManagedContainer container;
  private final boolean out;
  private final boolean err;
  private final Container.OutputListener listener;
  private final CompletableFuture<Container.State> exit;
  private final CompletableFuture<SeqpacketSocket> connection = new CompletableFuture<>();
  private final SessionPipe stdout = new SessionPipe();
  private final SessionPipe stderr = new SessionPipe();
  private final OutputStream stdin;
  private final ReentrantLock lock = new ReentrantLock();
  private Thread reader;
  private boolean inputEnded;
  private boolean closed;

  /**
   * A session that waits to be connected.
   *
   * @param listener hears the output instead of the session's streams; null for none
   */
  AttachSession(
      ManagedContainer container,
      CompletableFuture<Container.State> exit,
      boolean in,
      boolean out,
      boolean err,
      Container.OutputListener listener) {
    this.listener = listener;
    this.container = container;
    this.exit = exit;
    this.out = out;
    this.err = err;
    stdin = in && container.spec().stdin() ? new Input() : OutputStream.nullOutputStream();
    if (!out) {
      stdout.end();
    }
    if (!err || container.spec().tty()) {
      stderr.end();
    }
  }

  /** Takes over a connection to conmon. */
  void connect(SeqpacketSocket socket) {
    lock.lock();
    try {
      if (closed) {
        socket.close();
        return;
      }
      connection.complete(socket);
      reader =
          Thread.ofPlatform().name("attach-" + container.id()).daemon().start(() -> read(socket));
      if (inputEnded) {
        socket.shutdownOutput();
      }
    } finally {
      lock.unlock();
    }
  }

  /** There will be no connection. */
  void end() {
    connection.completeExceptionally(new IOException("The container did not start"));
    stdout.end();
    stderr.end();
  }

  private void read(SeqpacketSocket socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(MESSAGE_BYTES);
      for (int n = socket.receive(buffer); n > 0; n = socket.receive(buffer)) {
        int stream = buffer.get(ValueLayout.JAVA_BYTE, 0);
        byte[] bytes = buffer.asSlice(1, n - 1).toArray(ValueLayout.JAVA_BYTE);
        if (listener != null) {
          listener.wrote(stream == STDERR, bytes);
        } else if (stream == STDOUT && out) {
          stdout.put(bytes);
        } else if (stream == STDERR && err) {
          stderr.put(bytes);
        }
      }
    } catch (InterruptedException | LinuxException | IllegalStateException closed) {
      // The session was closed, or conmon is gone: either way this is its end.
    } finally {
      stdout.end();
      stderr.end();
    }
  }

  @Override
  public OutputStream stdin() {
    return stdin;
  }

  @Override
  public InputStream stdout() {
    return stdout;
  }

  @Override
  public InputStream stderr() {
    return stderr;
  }

  @Override
  public void resize(int columns, int rows) {
    container.resize(columns, rows);
  }

  @Override
  public int pid() {
    return container.state().pid();
  }

  @Override
  public String failure() {
    return container.state().message();
  }

  @Override
  public int awaitExit() throws InterruptedException {
    try {
      return exit.get().exitCode();
    } catch (ExecutionException removed) {
      return container.state().exitCode();
    }
  }

  @Override
  public void close() {
    Thread ending;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      ending = reader;
    } finally {
      lock.unlock();
    }
    stdout.close();
    stderr.close();
    container.attachments().forget(this);
    connection.completeExceptionally(new IOException("The session is closed"));
    if (ending == null) {
      return;
    }
    SeqpacketSocket socket = connection.join();
    socket.shutdown();
    ending.interrupt();
    try {
      ending.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    socket.close();
  }

  private final class Input extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    /** Waits for the run when there is none yet. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        SeqpacketSocket socket = connection.get();
        for (int done = 0; done < length; done += SEND_BYTES) {
          socket.send(bytes, offset + done, Math.min(SEND_BYTES, length - done));
        }
      } catch (LinuxException | IllegalStateException | ExecutionException e) {
        throw new IOException("The container takes no more input: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("Writing to container was interrupted");
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        inputEnded = true;
        if (reader != null && !closed) {
          connection.join().shutdownOutput();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
