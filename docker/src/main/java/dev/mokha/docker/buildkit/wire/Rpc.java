package dev.mokha.docker.buildkit.wire;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;

/**
 * What both sides of gRPC share: how methods and headers are called, and how large messages may be.
 */
public final class Rpc {
  /** Most bytes of one message, as BuildKit's clients and dockerd have it. */
  static final int MAX_MESSAGE = 16 << 20;

  private static final MethodDescriptor.Marshaller<Message> MARSHALLER =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Message message) {
          return message.bytes().newInput();
        }

        @Override
        public Message parse(InputStream stream) {
          try {
            return Message.parse(ByteString.readFrom(stream));
          } catch (IOException | IllegalArgumentException e) {
            throw Status.INVALID_ARGUMENT
                .withDescription("the message can't be read: " + e.getMessage())
                .withCause(e)
                .asRuntimeException();
          }
        }
      };

  private Rpc() {}

  static MethodDescriptor<Message, Message> method(
      MethodDescriptor.MethodType type, String service, String name) {
    return MethodDescriptor.<Message, Message>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
        .setRequestMarshaller(MARSHALLER)
        .setResponseMarshaller(MARSHALLER)
        .build();
  }

  /** A header by its name. */
  static Metadata.Key<String> header(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
