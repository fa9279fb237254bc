package dev.mokha.engine.build.run;

import dev.mokha.engine.build.BuildEvent;
import dev.mokha.engine.containers.Container;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * What a step's command writes, as text. When nobody can be told any more the command is ended, and
 * {@link #end} throws what the listener threw.
 */
final class StepOutput implements Container.OutputListener {
  private final Build build;
  private final int step;
  private final Runnable stop;
  private final Text out = new Text();
  private final Text err = new Text();
  private volatile RuntimeException failure;

  /**
   * Output of a step.
   *
   * @param stop ends the command
   */
  StepOutput(Build build, int step, Runnable stop) {
    this.build = build;
    this.step = step;
    this.stop = stop;
  }

  @Override
  public void wrote(boolean error, byte[] bytes) {
    if (failure != null) {
      return;
    }
    String text = (error ? err : out).decode(bytes);
    if (text.isEmpty()) {
      return;
    }
    try {
      build.emit(new BuildEvent.Wrote(step, error, text));
    } catch (RuntimeException e) {
      failure = e;
      stop.run();
    }
  }

  void end() {
    if (failure != null) {
      throw failure;
    }
  }

  /** UTF-8 in pieces: a character may be cut by the end of one. */
  private static final class Text {
    private final CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] rest = new byte[0];

    String decode(byte[] bytes) {
      ByteBuffer in = ByteBuffer.allocate(rest.length + bytes.length).put(rest).put(bytes).flip();
      CharBuffer chars = CharBuffer.allocate(in.remaining());
      decoder.decode(in, chars, false);
      rest = new byte[in.remaining()];
      in.get(rest);
      return chars.flip().toString();
    }
  }
}
