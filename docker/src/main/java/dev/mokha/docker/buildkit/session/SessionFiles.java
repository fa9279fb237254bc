package dev.mokha.docker.buildkit.session;

import dev.mokha.docker.buildkit.session.FilePackets.Packet;
import dev.mokha.docker.buildkit.session.FilePackets.Stat;
import dev.mokha.docker.buildkit.wire.ClientStream;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.SpooledTree;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/** Directories of the client: {@code moby.filesync.v1.FileSync}. */
public final class SessionFiles {
  private static final String SERVICE = "moby.filesync.v1.FileSync";
  private static final String METHOD = "DiffCopy";

  /** Files asked for and not yet here; clients keep some hundred in mind before they wait. */
  private static final int AT_ONCE = 64;

  private final Session session;
  private final Path scratch;

  /**
   * Those of a session.
   *
   * @param scratch where spools may be
   */
  public SessionFiles(Session session, Path scratch) {
    this.session = session;
    this.scratch = scratch;
  }

  /**
   * What of a directory is wanted.
   *
   * @param name the directory's name in the session, such as {@code context}
   * @param only paths, without what does not lie on the way to them; empty for everything
   * @param not patterns of {@code .dockerignore}
   */
  public record Wish(String name, List<String> only, List<String> not) {}

  /**
   * Fetches files.
   *
   * @param progress hears how many bytes came so far
   * @return to be closed by the caller
   * @throws BuildException when the client sends what is no tree of files
   * @throws IOException when it refuses, or is gone
   */
  public SpooledTree fetch(Wish wish, LongConsumer progress)
      throws IOException, InterruptedException {
    if (!session.answers(SERVICE, METHOD)) {
      throw new BuildException("the client hands over no local directory");
    }
    Map<String, List<String>> headers = new LinkedHashMap<>();
    put(headers, "dir-name", List.of(wish.name()));
    put(headers, "followpaths", wish.only());
    put(headers, "exclude-patterns", wish.not());
    SpooledTree tree = SpooledTree.in(scratch);
    boolean done = false;
    try (ClientStream stream = session.converse(SERVICE, METHOD, headers)) {
      try {
        new Receiver(stream, tree, progress).run();
      } catch (BuildException | EngineException e) {
        stream.write(FilePackets.write(new Packet.Failed(String.valueOf(e.getMessage()))));
        throw e;
      }
      done = true;
      return tree;
    } finally {
      if (!done) {
        tree.close();
      }
    }
  }

  /** Headers are ASCII: what is not goes as it would in a query, and a header more says so. */
  private static void put(Map<String, List<String>> headers, String name, List<String> values) {
    if (values.isEmpty()) {
      return;
    }
    boolean plain = values.stream().allMatch(v -> v.chars().allMatch(c -> c >= ' ' && c < 0x7f));
    if (plain) {
      headers.put(name, values);
      return;
    }
    headers.put(
        name, values.stream().map(v -> URLEncoder.encode(v, StandardCharsets.UTF_8)).toList());
    headers.put(name + "-encoded", List.of("1"));
  }

  /** One transfer. */
  private static final class Receiver {
    private final ClientStream stream;
    private final SpooledTree tree;
    private final LongConsumer progress;
    private final Map<Integer, SpooledTree.Content> wanted = new HashMap<>();
    private final Map<Integer, SpooledTree.Content> coming = new HashMap<>();
    private final Deque<Integer> queue = new ArrayDeque<>();
    private int named;
    private boolean allNamed;
    private long bytes;

    Receiver(ClientStream stream, SpooledTree tree, LongConsumer progress) {
      this.stream = stream;
      this.tree = tree;
      this.progress = progress;
    }

    void run() throws IOException, InterruptedException {
      while (!allNamed || !queue.isEmpty() || !coming.isEmpty()) {
        while (!queue.isEmpty() && coming.size() < AT_ONCE) {
          int id = queue.poll();
          coming.put(id, wanted.remove(id));
          stream.write(FilePackets.write(new Packet.Wanted(id)));
        }
        take(next());
      }
      stream.write(FilePackets.write(new Packet.Finished()));
      stream.end();
      while (stream.read() != null) {
        continue; // it says the same, and ends
      }
    }

    private Packet next() throws IOException, InterruptedException {
      var message = stream.read();
      if (message == null) {
        throw new IOException("the client ended before all files were sent");
      }
      return FilePackets.parse(message);
    }

    private void take(Packet packet) throws IOException {
      switch (packet) {
        case Packet.Named end when end.stat() == null -> allNamed = true;
        case Packet.Named file -> add(file.stat(), named++);
        case Packet.Piece piece -> {
          SpooledTree.Content file = coming.get(piece.id());
          if (file == null) {
            throw new BuildException("the client sent a file that was not asked for");
          }
          if (piece.bytes().isEmpty()) {
            file.end();
            coming.remove(piece.id());
          } else {
            file.write(piece.bytes().asReadOnlyByteBuffer());
            bytes += piece.bytes().size();
            progress.accept(bytes);
          }
        }
        case Packet.Failed failed -> throw new IOException(failed.message());
        case Packet.Wanted _, Packet.Finished _ ->
            throw new BuildException("the client mistakes who receives");
      }
    }

    private void add(Stat stat, int id) {
      if (stat.status() == null) {
        return; // a socket, say: nothing that could be copied
      }
      boolean file = stat.status().kind() == FileNode.Kind.FILE;
      if (file && !stat.link().isEmpty()) {
        tree.addLink(stat.path(), stat.link());
        return;
      }
      SpooledTree.Content content =
          tree.add(stat.path(), stat.status(), stat.link(), stat.attributes());
      if (!file) {
        return;
      }
      if (stat.status().size() == 0) {
        content.end();
      } else {
        wanted.put(id, content);
        queue.add(id);
      }
    }
  }
}
