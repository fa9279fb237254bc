package dev.mokha.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One watch on one connection, until that is lost. etcd may send so many messages ahead and no
 * more, so that a slow reader holds etcd up and not this process's memory.
 */
final class WatchStream implements AutoCloseable {
  private static final int MESSAGES_AHEAD = 8;

  private sealed interface Item {}

  private record Message(WatchResponse response) implements Item {}

  private record WakeUp() implements Item {}

  private record End(Throwable cause) implements Item {}

  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private volatile ClientCallStreamObserver<WatchRequest> requests;

  /**
   * Begins.
   *
   * @param from the first revision wanted, at least 1
   * @param previous whether events are to carry the values before
   */
  WatchStream(
      WatchGrpc.WatchStub stub, ByteString key, ByteString end, long from, boolean previous) {
    var out =
        stub.watch(
            new ClientResponseObserver<WatchRequest, WatchResponse>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
                requests = stream;
                stream.disableAutoRequestWithInitial(MESSAGES_AHEAD);
              }

              @Override
              public void onNext(WatchResponse response) {
                items.add(new Message(response));
              }

              @Override
              public void onError(Throwable cause) {
                items.add(new End(cause));
              }

              @Override
              public void onCompleted() {
                items.add(
                    new End(
                        Status.UNAVAILABLE
                            .withDescription("etcd ended the watch")
                            .asRuntimeException()));
              }
            });
    out.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(key)
                    .setRangeEnd(end)
                    .setStartRevision(from)
                    .setPrevKv(previous))
            .build());
  }

  /**
   * The next message; null when none came in time, or {@link #wake} was called.
   *
   * @throws Lost when the connection is lost
   */
  WatchResponse next(Duration atMost) throws Lost {
    Item item;
    try {
      item = items.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      // A listener has left it behind, and it is no business of the watch.
      return null;
    }
    return switch (item) {
      case null -> null;
      case WakeUp _ -> null;
      case Message(WatchResponse response) -> {
        requests.request(1);
        yield response;
      }
      case End(Throwable cause) -> throw new Lost(cause);
    };
  }

  /** Ends the waiting in {@link #next}. */
  void wake() {
    items.add(new WakeUp());
  }

  /** Asks for a message that says how far the watch has come. */
  void askForProgress() {
    requests.onNext(
        WatchRequest.newBuilder()
            .setProgressRequest(WatchProgressRequest.getDefaultInstance())
            .build());
  }

  @Override
  public void close() {
    requests.cancel("no longer wanted", null);
  }

  /** The connection is lost, and the watch with it. */
  static final class Lost extends Exception {
    private static final long serialVersionUID = 1L;

    Lost(Throwable cause) {
      super(cause.getMessage(), cause, false, false);
    }
  }
}
