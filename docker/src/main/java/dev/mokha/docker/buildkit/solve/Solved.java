package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.content.Digest;
import java.util.Optional;
import java.util.UUID;

/**
 * What a frontend came to, with the name by which the client speaks of it. Clients also want it as
 * a graph of LLB, which they hand in again where another build takes it as a named context: there
 * the graph is one source, whose identifier is that name.
 *
 * @param id the name
 * @param result what was built
 */
record Solved(String id, Builder.Result result) implements AutoCloseable {
  private static final String SCHEME = "mokha-result://";

  // Fields of pb.Definition, pb.Op, pb.Input and pb.SourceOp.
  private static final int DEFINITION_OPS = 1;
  private static final int DEFINITION_METADATA = 2;
  private static final int OP_INPUTS = 1;
  private static final int OP_SOURCE = 3;
  private static final int INPUT_DIGEST = 1;
  private static final int SOURCE_IDENTIFIER = 1;

  static Solved of(Builder.Result result) {
    return new Solved(UUID.randomUUID().toString(), result);
  }

  /** As a graph. */
  Message definition() {
    Message source =
        Message.of()
            .message(OP_SOURCE, Message.of().text(SOURCE_IDENTIFIER, SCHEME + id).build())
            .build();
    Message end =
        Message.of()
            .message(OP_INPUTS, Message.of().text(INPUT_DIGEST, digest(source)).build())
            .build();
    return Message.of()
        .message(DEFINITION_OPS, source)
        .message(DEFINITION_OPS, end)
        .message(DEFINITION_METADATA, nothingOf(source))
        .message(DEFINITION_METADATA, nothingOf(end))
        .build();
  }

  private static String digest(Message op) {
    return Digest.of(op.bytes().toByteArray()).toString();
  }

  /** An operation's metadata; clients take a graph without any for none. */
  private static Message nothingOf(Message op) {
    return Message.of().text(1, digest(op)).message(2, Message.EMPTY).build();
  }

  /** The name of the result that a graph stands for, if it stands for one. */
  static Optional<String> named(Message definition) {
    return definition.messages(DEFINITION_OPS).stream()
        .map(op -> op.message(OP_SOURCE).text(SOURCE_IDENTIFIER))
        .filter(identifier -> identifier.startsWith(SCHEME))
        .map(identifier -> identifier.substring(SCHEME.length()))
        .findFirst();
  }

  @Override
  public void close() {
    result.close();
  }
}
