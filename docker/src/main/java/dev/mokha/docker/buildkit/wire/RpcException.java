package dev.mokha.docker.buildkit.wire;

import io.grpc.Status;
import java.io.IOException;

/** A call to a client that failed. */
public final class RpcException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Status.Code code;

  RpcException(Status status) {
    super(said(status), status.getCause());
    this.code = status.getCode();
  }

  private static String said(Status status) {
    return status.getDescription() == null
        ? status.getCode().name().toLowerCase(java.util.Locale.ROOT)
        : status.getDescription();
  }

  /** Whether the client has not what was asked for. */
  public boolean notFound() {
    return code == Status.Code.NOT_FOUND;
  }

  /** Whether the client does not know such calls. */
  public boolean unknownMethod() {
    return code == Status.Code.UNIMPLEMENTED;
  }

  /** Whether the client is gone. */
  public boolean gone() {
    return code == Status.Code.UNAVAILABLE || code == Status.Code.CANCELLED;
  }
}
