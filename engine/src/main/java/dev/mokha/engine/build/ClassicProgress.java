package dev.mokha.engine.build;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells a build as dockerd's own builder does ({@code Step 1/4 : FROM busybox}), which the docker
 * command without buildx and docker-java's clients read. Steps are told one after the other, though
 * stages run side by side: what a later step says is kept until those before it are done.
 */
public final class ClassicProgress implements BuildOutput {
  private static final int SHORT_ID = 12;

  /** Characters of later steps' output that are kept, in all. */
  private static final long MAX_KEPT = 16L << 20;

  private final Sink sink;
  private final Told told;
  private final boolean quiet;
  private final Map<Integer, List<BuildEvent>> waiting = new TreeMap<>();
  private int current = 1;
  private long keptChars;

  /** Where the pieces go; each becomes a message of the answer's stream. */
  public interface Sink {
    /** Text, to be sent as {@code {"stream":...}}. */
    void stream(String text);

    /**
     * Progress of something that is fetched, to be sent as {@code {"status":...,"id":...}}.
     *
     * @param total -1 when unknown
     */
    void progress(String id, String status, long done, long total);

    /** The image, to be sent as {@code {"aux":{"ID":...}}}. */
    void aux(String imageId);
  }

  /**
   * A build's story.
   *
   * @param quiet whether nothing is told but the id at the end; or everything, when it {@link
   *     #failed}
   */
  public ClassicProgress(Sink sink, boolean quiet) {
    this.told = new Told(requireNonNull(sink), new StringBuilder());
    this.sink = quiet ? told : sink;
    this.quiet = quiet;
  }

  /** Says that the build has failed: then a quiet one tells what was kept back. */
  public synchronized void failed() {
    if (quiet && !told.kept().isEmpty()) {
      told.sink().stream(told.kept().toString());
      told.kept().setLength(0);
    }
  }

  /** Keeps everything back. */
  private record Told(Sink sink, StringBuilder kept) implements Sink {
    @Override
    public void stream(String text) {
      kept.append(text);
    }

    @Override
    public void progress(String id, String status, long done, long total) {
      // It was for those who watch.
    }

    @Override
    public void aux(String imageId) {
      // The id is told anyway.
    }
  }

  @Override
  public synchronized void event(BuildEvent event) {
    if (quiet && event instanceof BuildEvent.Built built) {
      told.sink().stream(built.imageId() + "\n");
      return;
    }
    switch (event) {
      case BuildEvent.Failed failed ->
          waiting.getOrDefault(failed.step(), List.of()).forEach(this::tell);
      case BuildEvent.OfStep step when step.step() != current -> keep(step);
      case BuildEvent.OfStep _ -> tell(event);
      case BuildEvent.Planned _ -> current = 1;
      case BuildEvent.Squashed _ -> {
        // The classic builder says nothing of it.
      }
      case BuildEvent.Warning warning -> sink.stream(warning.text() + "\n");
      case BuildEvent.Built built -> {
        sink.aux(built.imageId());
        sink.stream("Successfully built " + brief(built.imageId()) + "\n");
      }
      case BuildEvent.Tagged tagged -> sink.stream("Successfully tagged " + tagged.name() + "\n");
    }
  }

  /** Keeps what a later step says, up to a limit: a command may write for hours. */
  private void keep(BuildEvent.OfStep event) {
    if (event instanceof BuildEvent.Wrote wrote) {
      if (keptChars > MAX_KEPT) {
        return;
      }
      keptChars += wrote.text().length();
      if (keptChars > MAX_KEPT) {
        event = new BuildEvent.Note(event.step(), "\n[the rest of this step's output is left out]");
      }
    }
    waiting.computeIfAbsent(event.step(), s -> new ArrayList<>()).add(event);
  }

  private void tell(BuildEvent event) {
    switch (event) {
      case BuildEvent.Started started ->
          sink.stream(
              "Step " + started.step() + "/" + started.steps() + " : " + started.text() + "\n");
      case BuildEvent.Fetching f -> sink.progress(f.item(), f.action(), f.done(), f.total());
      case BuildEvent.Cached _ -> sink.stream(" ---> Using cache\n");
      case BuildEvent.Running running ->
          sink.stream(" ---> Running in " + brief(running.containerId()) + "\n");
      case BuildEvent.Removed removed ->
          sink.stream(
              " ---> Removed intermediate container " + brief(removed.containerId()) + "\n");
      case BuildEvent.Wrote wrote ->
          sink.stream(wrote.error() ? "\u001b[91m" + wrote.text() + "\u001b[0m" : wrote.text());
      case BuildEvent.Note note -> sink.stream(note.text() + "\n");
      case BuildEvent.Done done -> {
        if (done.imageId() != null) {
          sink.stream(" ---> " + brief(done.imageId()) + "\n");
        }
        current++;
        waiting.getOrDefault(current, List.of()).forEach(this::tell);
      }
      default -> throw new IllegalStateException("not a step's: " + event);
    }
  }

  private static String brief(String id) {
    String hex = id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
    return hex.substring(0, Math.min(SHORT_ID, hex.length()));
  }
}
