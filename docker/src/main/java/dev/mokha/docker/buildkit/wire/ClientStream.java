package dev.mokha.docker.buildkit.wire;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A call of ours with messages both ways. One thread reads, others may write. Closing it gives the
 * call up if it has not ended.
 */
public final class ClientStream implements AutoCloseable {
  /** Messages that may come before they are read. */
  private static final int AHEAD = 64;

  private final ClientCall<Message, Message> call;
  private final BlockingQueue<Object> incoming = new LinkedBlockingQueue<>();
  private final Semaphore ready = new Semaphore(0);
  private final ReentrantLock writing = new ReentrantLock();
  private volatile Status ended;

  /** How a call ended. */
  private record End(Status status) {}

  ClientStream(ClientCall<Message, Message> call, Metadata headers) {
    this.call = call;
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(Message message) {
            incoming.add(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            ended = status;
            incoming.add(new End(status));
            ready.release();
          }

          @Override
          public void onReady() {
            ready.release();
          }
        },
        headers);
    call.request(AHEAD);
  }

  /**
   * The next message; null when the client ended well.
   *
   * @throws RpcException when it ended otherwise
   */
  public Message read() throws IOException, InterruptedException {
    return switch (incoming.take()) {
      case End end -> {
        incoming.add(end); // for whoever reads again
        if (end.status().isOk()) {
          yield null;
        }
        throw new RpcException(end.status());
      }
      case Message message -> {
        call.request(1);
        yield message;
      }
      default -> throw new IllegalStateException("nothing else is put there");
    };
  }

  /**
   * Sends a message; waits while the client is behind.
   *
   * @throws RpcException when the call has ended
   */
  public void write(Message message) throws IOException, InterruptedException {
    writing.lockInterruptibly();
    try {
      while (!call.isReady() && ended == null) {
        ready.acquire();
        ready.drainPermits();
      }
      if (ended != null) {
        throw new RpcException(ended);
      }
      call.sendMessage(message);
    } finally {
      writing.unlock();
    }
  }

  /** Sends the one message of a call that has one, which needs no waiting. */
  void ask(Message message) {
    call.sendMessage(message);
    call.halfClose();
  }

  /** Says that nothing more will be sent. */
  public void end() {
    writing.lock();
    try {
      call.halfClose();
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close() {
    if (ended == null) {
      call.cancel("no longer wanted", null);
    }
  }
}
