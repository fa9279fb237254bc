package dev.mokha.engine.containers;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.SeqpacketSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A connection to a container's first process, through conmon's attach socket: what comes is a
 * message that begins with the stream's number, what goes is plain.
 */
final class AttachSession implements Container.ExecSession {
  private static final int MESSAGE_BYTES = 1 << 15;

  /** conmon reads at most this much of a message. */
  private static final int SEND_BYTES = 8192;

  private static final int STDOUT = 2;
  private static final int STDERR = 3;

  private final ManagedContainer container;
  private final SeqpacketSocket socket;
  private final SessionPipe stdout = new SessionPipe();
  private final SessionPipe stderr = new SessionPipe();
  private final OutputStream stdin;
  private final Thread reader;

  AttachSession(ManagedContainer container, boolean in, boolean out, boolean err) {
    this.container = container;
    try {
      socket = SeqpacketSocket.connect(container.bundle().resolve("attach"));
    } catch (LinuxException e) {
      throw new EngineException(
          EngineException.Code.RUNTIME,
          "Container " + container.id() + " can't be attached to: " + e.getMessage(),
          e);
    }
    stdin = in && container.spec().stdin() ? new Input() : OutputStream.nullOutputStream();
    if (!out) {
      stdout.end();
    }
    if (!err || container.spec().tty()) {
      stderr.end();
    }
    reader =
        Thread.ofPlatform().name("attach-" + container.id()).daemon().start(() -> read(out, err));
  }

  private void read(boolean out, boolean err) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(MESSAGE_BYTES);
      for (int n = socket.receive(buffer); n > 0; n = socket.receive(buffer)) {
        int stream = buffer.get(ValueLayout.JAVA_BYTE, 0);
        byte[] bytes = buffer.asSlice(1, n - 1).toArray(ValueLayout.JAVA_BYTE);
        if (stream == STDOUT && out) {
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
  public int awaitExit() throws InterruptedException {
    return container.awaitExit();
  }

  @Override
  public void close() {
    stdout.close();
    stderr.close();
    socket.shutdown();
    reader.interrupt();
    try {
      reader.join();
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

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        for (int done = 0; done < length; done += SEND_BYTES) {
          socket.send(bytes, offset + done, Math.min(SEND_BYTES, length - done));
        }
      } catch (LinuxException | IllegalStateException e) {
        throw new IOException("The container takes no more input: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      socket.shutdownOutput();
    }
  }
}
