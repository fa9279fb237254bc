package dev.mokha.docker.buildkit.session;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.mokha.docker.buildkit.session.FilePackets.Packet;
import dev.mokha.docker.buildkit.session.FilePackets.Stat;
import dev.mokha.docker.buildkit.wire.ClientStream;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Hands results to the client: {@code moby.filesync.v1.FileSend}. */
public final class SessionOutput {
  private static final String SERVICE = "moby.filesync.v1.FileSend";
  private static final String METHOD = "DiffCopy";

  /** Header that says which of the outputs the client asked for it is, from 0. */
  private static final String WHICH = "buildkit-attachable-exporter-id";

  private static final int PIECE = 1 << 15;

  private final Session session;

  /** To a session's client. */
  public SessionOutput(Session session) {
    this.session = session;
  }

  private ClientStream open(int which) {
    if (!session.answers(SERVICE, METHOD)) {
      throw new BuildException("the client takes no files as output");
    }
    return session.converse(SERVICE, METHOD, Map.of(WHICH, List.of(Integer.toString(which))));
  }

  /** Writes one file. */
  @FunctionalInterface
  public interface Writer {
    /** Writes it; does not close. */
    void write(OutputStream out) throws IOException;
  }

  /** Sends one file, such as a tar, and waits until the client has it. */
  public void file(int which, Writer writer) throws IOException, InterruptedException {
    try (ClientStream stream = open(which)) {
      writer.write(ByteStreams.out(stream));
      stream.end();
      while (stream.read() != null) {
        continue;
      }
    } catch (InterruptedIOException e) {
      Thread.interrupted();
      throw new InterruptedException(e.getMessage());
    }
  }

  /** Sends a tree of files, and waits until the client has it. */
  public void tree(int which, FileTree tree) throws IOException, InterruptedException {
    try (ClientStream stream = open(which)) {
      Sender sender = new Sender(stream);
      // The client asks for files before it has heard of all.
      FutureTask<Void> names =
          new FutureTask<>(
              () -> {
                sender.names(tree.root(), "");
                stream.write(FilePackets.write(new Packet.Named(null)));
                return null;
              });
      Thread naming = Thread.ofVirtual().name("send-names").start(names);
      try {
        sender.contents();
        names.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
      } finally {
        naming.interrupt();
      }
    }
  }

  private static final class Sender {
    private final ClientStream stream;
    private final List<FileNode> sent = new ArrayList<>();

    Sender(ClientStream stream) {
      this.stream = stream;
    }

    void names(FileNode directory, String path) throws IOException, InterruptedException {
      for (Map.Entry<String, FileNode> entry : directory.children().entrySet()) {
        FileNode node = entry.getValue();
        String below = path.isEmpty() ? entry.getKey() : path + "/" + entry.getKey();
        synchronized (sent) {
          sent.add(node);
        }
        stream.write(
            FilePackets.write(
                new Packet.Named(new Stat(below, node.status(), node.link(), node.attributes()))));
        if (node.isDirectory()) {
          names(node, below);
        }
      }
    }

    void contents() throws IOException, InterruptedException {
      for (Message message = stream.read(); message != null; message = stream.read()) {
        switch (FilePackets.parse(message)) {
          case Packet.Wanted wanted -> send(wanted.id());
          case Packet.Finished finished -> {
            stream.write(FilePackets.write(finished));
            stream.end();
          }
          case Packet.Failed failed -> throw new IOException(failed.message());
          case Packet.Named _, Packet.Piece _ ->
              throw new IOException("the client mistakes who sends");
        }
      }
    }

    private void send(int id) throws IOException, InterruptedException {
      FileNode node;
      synchronized (sent) {
        if (id < 0 || id >= sent.size()) {
          throw new IOException("the client asks for a file that is none");
        }
        node = sent.get(id);
      }
      byte[] buffer = new byte[PIECE];
      try (InputStream in = node.open()) {
        for (int n = in.readNBytes(buffer, 0, PIECE); n > 0; n = in.readNBytes(buffer, 0, PIECE)) {
          ByteString piece = UnsafeByteOperations.unsafeWrap(buffer.clone(), 0, n);
          stream.write(FilePackets.write(new Packet.Piece(id, piece)));
        }
      }
      stream.write(FilePackets.write(new Packet.Piece(id, ByteString.EMPTY)));
    }
  }
}
