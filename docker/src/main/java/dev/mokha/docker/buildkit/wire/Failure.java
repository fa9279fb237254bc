package dev.mokha.docker.buildkit.wire;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;

/** Why a call of a client fails: a code, a sentence, and details that some clients understand. */
public final class Failure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Trailer that carries the details ({@code google.rpc.Status}). */
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  // Fields of google.rpc.Status and google.protobuf.Any.
  private static final int STATUS_CODE = 1;
  private static final int STATUS_MESSAGE = 2;
  private static final int STATUS_DETAILS = 3;
  private static final int ANY_TYPE = 1;
  private static final int ANY_VALUE = 2;

  /** Kinds of failures, by gRPC's numbers. */
  public enum Code {
    CANCELLED(1),
    UNKNOWN(2),
    INVALID_ARGUMENT(3),
    NOT_FOUND(5),
    ALREADY_EXISTS(6),
    PERMISSION_DENIED(7),
    RESOURCE_EXHAUSTED(8),
    UNIMPLEMENTED(12),
    INTERNAL(13),
    UNAVAILABLE(14);

    private final int number;

    Code(int number) {
      this.number = number;
    }
  }

  private final transient Status status;
  private final transient List<Message> details = new ArrayList<>();

  /** A failure. */
  public Failure(Code code, String message) {
    this(Status.fromCodeValue(code.number), message);
  }

  private Failure(Status status, String message) {
    super(message);
    this.status = status.withDescription(message);
  }

  /** The failure that a client tells of, as {@code google.rpc.Status}. */
  public static Failure of(Message told) {
    Failure failure =
        new Failure(
            Status.fromCodeValue((int) told.number(STATUS_CODE)), told.text(STATUS_MESSAGE));
    failure.details.addAll(told.messages(STATUS_DETAILS));
    return failure;
  }

  /** Adds a detail. */
  public Failure with(String type, ByteString value) {
    details.add(Message.of().text(ANY_TYPE, type).data(ANY_VALUE, value).build());
    return this;
  }

  /** As grpc-java has it. */
  StatusRuntimeException toStatus() {
    Metadata trailers = new Metadata();
    if (!details.isEmpty()) {
      Message all =
          Message.of()
              .number(STATUS_CODE, status.getCode().value())
              .text(STATUS_MESSAGE, getMessage())
              .messages(STATUS_DETAILS, details)
              .build();
      trailers.put(DETAILS, all.bytes().toByteArray());
    }
    return new StatusRuntimeException(status, trailers);
  }
}
