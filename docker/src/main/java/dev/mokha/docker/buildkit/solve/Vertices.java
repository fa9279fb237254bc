package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.engine.content.Digest;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a client is told of a build's progress: vertices (steps), their states, logs and warnings,
 * as messages of {@code Control.Status}. Everything is kept until the build is forgotten, so that
 * whoever looks late sees all; of a step's output only the beginning.
 *
 * <p>Used by several threads.
 */
final class Vertices {
  /** Most bytes of one step's output that are kept, as BuildKit has it. */
  private static final int MAX_OUTPUT = 2 << 20;

  // Fields of a status.
  private static final int VERTEXES = 1;
  private static final int STATUSES = 2;
  private static final int LOGS = 3;
  private static final int WARNINGS = 4;

  private final String build;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private final List<Message> all = new ArrayList<>();
  private int made;
  private boolean ended;

  /**
   * Of a build that has not begun.
   *
   * @param build its name; digests of vertices are made of it
   */
  Vertices(String build, Clock clock) {
    this.build = build;
    this.clock = clock;
  }

  /** One step as it is shown. Made by {@link #begin}; ends once. */
  final class Vertex {
    private final String digest;
    private final String name;
    private final Instant started;
    private boolean cached;
    private boolean done;
    private int output;

    private Vertex(String name) {
      this.name = name;
      this.digest = Digest.of(build + '\0' + made++).toString();
      this.started = clock.instant();
      tell(null, "");
    }

    private void tell(Instant completed, String error) {
      add(
          VERTEXES,
          Message.of()
              .text(1, digest)
              .text(3, name)
              .flag(4, cached)
              .time(5, started)
              .time(6, completed)
              .text(7, error)
              .build());
    }

    /** Its result was in the cache. */
    void cached() {
      cached = true;
    }

    /** It is done. */
    void end() {
      end("");
    }

    /** It failed; does nothing when it has ended. */
    void end(String error) {
      lock.lock();
      try {
        if (!done) {
          done = true;
          tell(clock.instant(), error);
        }
      } finally {
        lock.unlock();
      }
    }

    /** Something of it moves on: bytes done and in all, 0 when that is not known. */
    void moves(String what, long current, long total, Instant since, boolean over) {
      Instant now = clock.instant();
      add(
          STATUSES,
          Message.of()
              .text(1, what)
              .text(2, digest)
              .text(3, what)
              .number(4, current)
              .number(5, total)
              .time(6, now)
              .time(7, since)
              .time(8, over ? now : null)
              .build());
    }

    /** One more thing of it is done. */
    void did(String what) {
      moves(what, 0, 0, clock.instant(), true);
    }

    /** Its command wrote something. */
    void wrote(boolean error, String text) {
      lock.lock();
      try {
        if (output > MAX_OUTPUT) {
          return;
        }
        output += text.length();
        String shown =
            output > MAX_OUTPUT ? text + "\n[output clipped, log limit 2MiB reached]\n" : text;
        add(
            LOGS,
            Message.of()
                .text(1, digest)
                .time(2, clock.instant())
                .number(3, error ? 2 : 1)
                .data(4, Message.utf8(shown))
                .build());
      } finally {
        lock.unlock();
      }
    }

    /** Something the user should know. */
    void warns(String text) {
      warns(Message.of().number(2, 1).data(3, Message.utf8(text)));
    }

    /** The same, with everything but whom it belongs to. */
    void warns(Message.Builder warning) {
      add(WARNINGS, warning.text(1, digest).build());
    }
  }

  /** A step begins. */
  Vertex begin(String name) {
    lock.lock();
    try {
      return new Vertex(name);
    } finally {
      lock.unlock();
    }
  }

  Instant now() {
    return clock.instant();
  }

  private void add(int kind, Message one) {
    add(Message.of().message(kind, one).build());
  }

  /** Adds a status as it is. */
  void add(Message status) {
    lock.lock();
    try {
      all.add(status);
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing more will come. */
  void end() {
    lock.lock();
    try {
      ended = true;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What came behind a number of statuses; waits for it; empty at the end. */
  List<Message> after(int seen) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (all.size() == seen && !ended) {
        more.await();
      }
      return List.copyOf(all.subList(seen, all.size()));
    } finally {
      lock.unlock();
    }
  }
}
