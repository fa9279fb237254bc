package dev.mokha.store.etcd;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.mokha.store.Committed;
import dev.mokha.store.CompareFailedException;
import dev.mokha.store.Store;
import dev.mokha.store.StoreUnavailableException;
import dev.mokha.store.Transaction;
import dev.mokha.store.Transaction.Delete;
import dev.mokha.store.Transaction.Operation;
import dev.mokha.store.Transaction.Put;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Brings one transaction to a known end, even if an answer to it is lost.
 *
 * <p>What is sent always compares every key it writes: comparisons that the caller did not make are
 * added from what is there. It can therefore take effect only once, however often it is sent, and
 * when an answer is lost it is simply sent again. If the repetition is refused, either somebody
 * else has changed a key or the first one was made after all. Which, the history tells: with its
 * other changes each transaction writes a mark of its own to the tick key.
 */
final class EtcdCommit {
  private final EtcdStore store;
  private final EtcdConnection connection;
  private final Keys keys;
  private final Transaction transaction;
  private final ByteString mark;
  private final long deadline;

  EtcdCommit(
      EtcdStore store,
      EtcdConnection connection,
      Keys keys,
      Transaction transaction,
      Duration atMost) {
    this.store = requireNonNull(store);
    this.connection = requireNonNull(connection);
    this.keys = requireNonNull(keys);
    this.transaction = requireNonNull(transaction);
    this.mark = store.newMark();
    this.deadline = System.nanoTime() + atMost.toNanos();
  }

  Committed run() {
    Map<String, Long> asked = new LinkedHashMap<>();
    transaction.compares().forEach(c -> asked.put(c.key(), c.modRevision()));
    while (true) {
      Map<String, Long> compares = completed(asked);
      try {
        return run(compares);
      } catch (CompareFailedException e) {
        if (asked.containsKey(e.key())) {
          throw e;
        }
        // Only what was added here is out of date.
      }
    }
  }

  /** The comparisons with those of the keys that are written and not compared. */
  private Map<String, Long> completed(Map<String, Long> asked) {
    List<String> free =
        transaction.operations().stream()
            .map(Operation::key)
            .filter(k -> !asked.containsKey(k))
            .toList();
    if (free.isEmpty()) {
      return asked;
    }
    if (asked.size() + free.size() > Store.MAX_OPERATIONS) {
      throw new IllegalArgumentException(
          "a transaction compares and changes at most %d keys, this one %d"
              .formatted(Store.MAX_OPERATIONS, asked.size() + free.size()));
    }
    TxnRequest.Builder read = TxnRequest.newBuilder();
    free.forEach(k -> read.addSuccess(range(k)));
    TxnResponse found = connection.read(left(), stub -> stub.txn(read.build()));
    connection.saw(found.getHeader().getRevision());
    Map<String, Long> all = new LinkedHashMap<>(asked);
    for (int i = 0; i < free.size(); i++) {
      RangeResponse range = found.getResponses(i).getResponseRange();
      all.put(free.get(i), range.getKvsCount() == 0 ? 0 : range.getKvs(0).getModRevision());
    }
    return all;
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
  }

  private Committed run(Map<String, Long> compares) {
    TxnRequest request = request(compares);
    long before = connection.seen();
    boolean unknown = false;
    for (int attempt = 0; ; attempt++) {
      try {
        TxnResponse response = connection.once(stub -> stub.txn(request));
        long revision = response.getHeader().getRevision();
        connection.saw(revision);
        if (response.getSucceeded()) {
          return new Committed(revision);
        }
        OptionalLong made = unknown ? made(before) : OptionalLong.empty();
        if (made.isPresent()) {
          return new Committed(made.getAsLong());
        }
        throw refused(compares, response);
      } catch (StatusRuntimeException e) {
        if (EtcdConnection.isAnswer(e)) {
          throw EtcdConnection.refusal(e);
        }
        unknown = true;
        connection.pauseOrGiveUp(attempt, deadline, e);
      }
    }
  }

  private TxnRequest request(Map<String, Long> compares) {
    TxnRequest.Builder request = TxnRequest.newBuilder();
    compares.forEach(
        (key, revision) -> {
          request.addCompare(
              Compare.newBuilder()
                  .setKey(keys.of(key))
                  .setTarget(Compare.CompareTarget.MOD)
                  .setResult(Compare.CompareResult.EQUAL)
                  .setModRevision(revision));
          request.addFailure(range(key));
        });
    boolean changes = false;
    for (Operation operation : transaction.operations()) {
      ByteString key = keys.of(operation.key());
      RequestOp.Builder op = RequestOp.newBuilder();
      switch (operation) {
        case Put put ->
            op.setRequestPut(
                PutRequest.newBuilder()
                    .setKey(key)
                    .setValue(UnsafeByteOperations.unsafeWrap(put.value())));
        case Delete _ -> op.setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key));
      }
      request.addSuccess(op);
      changes |= operation instanceof Put || compares.get(operation.key()) > 0;
    }
    // Removing what is not there is no change, and must not become one by the mark.
    if (changes && isMarked()) {
      request.addSuccess(
          RequestOp.newBuilder()
              .setRequestPut(PutRequest.newBuilder().setKey(keys.tick()).setValue(mark)));
    }
    return request.build();
  }

  private RequestOp range(String key) {
    return RequestOp.newBuilder()
        .setRequestRange(RangeRequest.newBuilder().setKey(keys.of(key)).setKeysOnly(true))
        .build();
  }

  private CompareFailedException refused(Map<String, Long> compares, TxnResponse response) {
    int i = 0;
    for (Map.Entry<String, Long> compare : compares.entrySet()) {
      ResponseOp op = response.getResponses(i++);
      RangeResponse range = op.getResponseRange();
      long current = range.getKvsCount() == 0 ? 0 : range.getKvs(0).getModRevision();
      if (compare.getValue() != current) {
        return new CompareFailedException(compare.getKey(), current);
      }
    }
    throw new IllegalStateException("etcd refused a transaction whose comparisons all hold");
  }

  /** The revision in which the transaction was made, if it was. */
  private OptionalLong made(long after) {
    if (!isMarked()) {
      throw new StoreUnavailableException(
          "the answer to a transaction of %d changes was lost, and whether it was made can't be found out"
              .formatted(transaction.operations().size()),
          null);
    }
    try {
      return store.find(after, left(), mark);
    } catch (StoreUnavailableException e) {
      throw new StoreUnavailableException(
          "whether a change was made could not be found out: " + e.getMessage(), e);
    }
  }

  /** The mark takes the place of one more operation, of which etcd allows as many as the store. */
  private boolean isMarked() {
    return transaction.operations().size() < Store.MAX_OPERATIONS;
  }
}
