package dev.mokha.store.etcd;

import dev.mokha.store.StoreException;
import dev.mokha.store.StoreUnavailableException;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to etcd: a channel to each member, of which one is used until it fails.
 *
 * <p>A call that finds no answer is tried at the next member, until its time is over. A connection
 * that is silent though open, since the other side stopped or packets are lost, is found out by
 * pings; etcd allows one every five seconds.
 */
final class EtcdConnection implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdConnection.class);

  /** Longer than the pings take to find out that nobody is there: slow is not lost. */
  private static final Duration ATTEMPT = Duration.ofSeconds(10);

  private static final Duration PING = Duration.ofSeconds(6);
  private static final Duration PING_ANSWER = Duration.ofSeconds(3);

  private final List<String> endpoints;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final AtomicInteger current = new AtomicInteger();
  private final AtomicLong seen = new AtomicLong();
  private final ClientInterceptor hasLeader;
  private volatile String trouble;
  private volatile boolean closed;

  EtcdConnection(EtcdAddress address) {
    this.endpoints = address.endpoints();
    // A member without a leader then ends the call, instead of leaving it without an answer.
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    this.hasLeader = MetadataUtils.newAttachHeadersInterceptor(metadata);
    ChannelCredentials credentials = credentials(address);
    for (String endpoint : endpoints) {
      channels.add(
          Grpc.newChannelBuilder(endpoint, credentials)
              .keepAliveTime(PING.toMillis(), TimeUnit.MILLISECONDS)
              .keepAliveTimeout(PING_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
              .maxInboundMessageSize(Integer.MAX_VALUE)
              .disableRetry()
              .build());
    }
  }

  private static ChannelCredentials credentials(EtcdAddress address) {
    if (address.tls().isEmpty()) {
      return InsecureChannelCredentials.create();
    }
    EtcdAddress.Tls tls = address.tls().get();
    try {
      TlsChannelCredentials.Builder made =
          TlsChannelCredentials.newBuilder().trustManager(tls.authority().toFile());
      if (tls.certificate().isPresent()) {
        made.keyManager(tls.certificate().get().toFile(), tls.key().orElseThrow().toFile());
      }
      return made.build();
    } catch (IOException e) {
      throw new StoreException(
          "a certificate for etcd can't be read: %s; see cacert, cert and key of --store"
              .formatted(e.getMessage()),
          e);
    }
  }

  /**
   * Asks, at one member after another.
   *
   * @param atMost how long to go on
   * @throws StoreUnavailableException when nobody answers
   */
  <T> T read(Duration atMost, Function<KVGrpc.KVBlockingStub, T> call) {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (int attempt = 0; ; attempt++) {
      try {
        return once(call);
      } catch (StatusRuntimeException e) {
        if (isAnswer(e)) {
          throw e;
        }
        pauseOrGiveUp(attempt, deadline, e);
      }
    }
  }

  /** One attempt. */
  <T> T once(Function<KVGrpc.KVBlockingStub, T> call) {
    if (closed) {
      throw new StoreException("the store is closed", null);
    }
    int member = current.get();
    try {
      T answer =
          call.apply(
              KVGrpc.newBlockingStub(channels.get(member))
                  .withInterceptors(hasLeader)
                  .withDeadlineAfter(ATTEMPT.toMillis(), TimeUnit.MILLISECONDS));
      trouble = null;
      return answer;
    } catch (StatusRuntimeException e) {
      if (!isAnswer(e)) {
        failed(member, e);
      }
      throw e;
    }
  }

  /** Waits a moment before the next attempt, or throws when the time is over. */
  void pauseOrGiveUp(int attempt, long deadline, StatusRuntimeException e) {
    long pause = Math.min(1_000, 20L << Math.min(attempt, 6));
    pause = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    if (closed) {
      throw new StoreException("the store is closed", e);
    }
    if (System.nanoTime() + pause * 1_000_000 > deadline) {
      throw new StoreUnavailableException(
          "etcd (%s) does not answer: %s".formatted(String.join(", ", endpoints), text(e)), e);
    }
    try {
      Thread.sleep(pause);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreUnavailableException("interrupted while etcd did not answer", e);
    }
  }

  /**
   * True when etcd has answered, and would again: the call was not made, and it is no use to repeat
   * it. False when the outcome is unknown.
   */
  static boolean isAnswer(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          UNAUTHENTICATED,
          FAILED_PRECONDITION,
          OUT_OF_RANGE,
          UNIMPLEMENTED ->
          true;
      case RESOURCE_EXHAUSTED -> text(e).contains("database space exceeded");
      default -> false;
    };
  }

  static String text(StatusRuntimeException e) {
    Status status = e.getStatus();
    return status.getDescription() == null ? status.getCode().toString() : status.getDescription();
  }

  /** What an answer that is no success means to the store's user. */
  static RuntimeException refusal(StatusRuntimeException e) {
    String text = text(e);
    if (text.contains("request is too large") || text.contains("too many operations")) {
      return new IllegalArgumentException(
          "the transaction is over a limit of etcd: %s; start etcd with greater --max-request-bytes and --max-txn-ops"
              .formatted(text),
          e);
    }
    if (text.contains("database space exceeded")) {
      return new StoreException(
          "etcd's database is full; defragment it, raise its --quota-backend-bytes and disarm the"
              + " alarm",
          e);
    }
    return new StoreException("etcd refuses: " + text, e);
  }

  private void failed(int member, StatusRuntimeException e) {
    if (trouble == null && !closed) {
      LOG.warn("etcd at {} does not answer: {}", endpoints.get(member), text(e));
    }
    trouble = "etcd does not answer: " + text(e);
    current.compareAndSet(member, (member + 1) % channels.size());
  }

  /** Null while etcd answers, else what it said last. */
  String trouble() {
    return trouble;
  }

  /** The member that is asked now. */
  int member() {
    return current.get();
  }

  WatchGrpc.WatchStub watches(int member) {
    return WatchGrpc.newStub(channels.get(member)).withInterceptors(hasLeader);
  }

  /** A watch's connection is lost. */
  void watchFailed(int member, Throwable cause) {
    failed(member, Status.fromThrowable(cause).asRuntimeException());
  }

  /** The version a member runs, such as {@code 3.5.30}. */
  String version(int member) {
    return MaintenanceGrpc.newBlockingStub(channels.get(member))
        .withDeadlineAfter(ATTEMPT.toMillis(), TimeUnit.MILLISECONDS)
        .status(StatusRequest.getDefaultInstance())
        .getVersion();
  }

  /** Keeps the highest revision that was seen. */
  void saw(long revision) {
    if (revision > seen.get()) {
      seen.accumulateAndGet(revision, Math::max);
    }
  }

  /** The highest revision that was seen; whatever is sent from now on gets a higher one. */
  long seen() {
    return seen.get();
  }

  boolean isClosed() {
    return closed;
  }

  /** Refuses further calls; those under way end by themselves. */
  void refuse() {
    closed = true;
  }

  @Override
  public void close() {
    closed = true;
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
    }
  }
}
