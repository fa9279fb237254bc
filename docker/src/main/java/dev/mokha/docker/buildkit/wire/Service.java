package dev.mokha.docker.buildkit.wire;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * A gRPC service that is answered here. Each call has a virtual thread of its own and may block;
 * whatever it throws becomes the call's status.
 */
public final class Service {
  private final String name;
  private final ServerServiceDefinition.Builder definition;
  private final Function<Throwable, Failure> failures;

  /**
   * A service without methods yet.
   *
   * @param name with its package, such as {@code moby.buildkit.v1.Control}
   * @param failures says the status of what a method throws
   */
  public Service(String name, Function<Throwable, Failure> failures) {
    this.name = name;
    this.failures = failures;
    this.definition = ServerServiceDefinition.builder(name);
  }

  /** Answers one message with one. */
  @FunctionalInterface
  public interface Unary {
    /** The answer. */
    Message answer(Message request, Call call) throws Exception;
  }

  /** Answers one message with several. */
  @FunctionalInterface
  public interface Streaming {
    /** Sends the answers; the stream ends when it returns. */
    void answer(Message request, Call call, Answers answers) throws Exception;
  }

  /** Takes a stream's answers. */
  @FunctionalInterface
  public interface Answers {
    /**
     * Sends one; waits while the client is behind.
     *
     * @throws CancellationException when the client wants no more
     */
    void send(Message answer) throws InterruptedException;
  }

  /** A call under way. */
  public static final class Call {
    private final Metadata headers;
    private final Context context;

    private Call(Metadata headers, Context context) {
      this.headers = headers;
      this.context = context;
    }

    /** A header; empty when there is none. */
    public String header(String header) {
      String value = headers.get(Rpc.header(header));
      return value == null ? "" : value;
    }

    /** Runs something when the client gives the call up, now if it has. */
    public void onCancel(Runnable action) {
      context.addListener(
          ended -> {
            if (ended.cancellationCause() != null) { // a call that is answered ends as well
              action.run();
            }
          },
          Runnable::run);
    }
  }

  /** Adds a method that answers one message with one. */
  public Service unary(String method, Unary handler) {
    add(
        MethodDescriptor.MethodType.UNARY,
        method,
        call ->
            ServerCalls.asyncUnaryCall(
                (request, observer) -> {
                  try {
                    Message answer = handler.answer(request, call);
                    observer.onNext(answer);
                    observer.onCompleted();
                  } catch (Throwable t) {
                    observer.onError(failures.apply(t).toStatus());
                  }
                }));
    return this;
  }

  /** Adds a method that answers one message with several. */
  public Service streaming(String method, Streaming handler) {
    add(
        MethodDescriptor.MethodType.SERVER_STREAMING,
        method,
        call ->
            ServerCalls.asyncServerStreamingCall(
                (request, observer) ->
                    stream(handler, request, call, (ServerCallStreamObserver<Message>) observer)));
    return this;
  }

  private void stream(
      Streaming handler, Message request, Call call, ServerCallStreamObserver<Message> observer) {
    Semaphore ready = new Semaphore(0);
    observer.setOnReadyHandler(ready::release);
    observer.setOnCancelHandler(ready::release);
    // A thread of its own: this one is needed to hear that the client can take more.
    Thread.ofVirtual()
        .name("grpc-stream")
        .start(
            () -> {
              try {
                handler.answer(
                    request,
                    call,
                    answer -> {
                      while (!observer.isReady() && !observer.isCancelled()) {
                        ready.acquire();
                        ready.drainPermits();
                      }
                      if (observer.isCancelled()) {
                        throw new CancellationException("the client wants no more");
                      }
                      observer.onNext(answer);
                    });
                observer.onCompleted();
              } catch (CancellationException e) {
                if (!observer.isCancelled()) {
                  observer.onError(failures.apply(e).toStatus());
                }
              } catch (Throwable t) {
                observer.onError(failures.apply(t).toStatus());
              }
            });
  }

  private void add(
      MethodDescriptor.MethodType type,
      String method,
      Function<Call, ServerCallHandler<Message, Message>> handler) {
    definition.addMethod(
        Rpc.method(type, name, method),
        (call, headers) ->
            handler.apply(new Call(headers, Context.current())).startCall(call, headers));
  }

  /** As grpc-java has it. */
  ServerServiceDefinition definition() {
    return definition.build();
  }
}
