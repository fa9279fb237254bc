package dev.mokha.server.http;

import static java.util.Objects.requireNonNull;

import dev.mokha.server.storage.StoredObject;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * A list as it goes out: a head, the kept bytes of its objects with something between them, a tail.
 * A list of thousands of objects is never in memory as one array, however many clients ask for it:
 * each client costs the piece that is on its way.
 *
 * <pre>{@code
 * ListBody.Reader reader = body.reader();
 * while (reader.hasMore()) {
 *   reader.next(buffer, 64 << 10);
 *   send(buffer);
 * }
 * }</pre>
 */
final class ListBody implements Body {
  private final byte[] head;
  private final byte[] separator;
  private final byte[] tail;
  private final List<StoredObject> items;
  private final Form form;
  private final long length;

  /** An object as an element of the list. */
  interface Form {
    /** How many bytes {@link #write} will write. */
    int length(StoredObject object);

    /** Writes it. */
    void write(StoredObject object, ByteBuf out);
  }

  ListBody(byte[] head, byte[] separator, byte[] tail, List<StoredObject> items, Form form) {
    this.head = requireNonNull(head, "head");
    this.separator = requireNonNull(separator, "separator");
    this.tail = requireNonNull(tail, "tail");
    this.items = requireNonNull(items, "items");
    this.form = requireNonNull(form, "form");
    long sum = head.length + tail.length + (long) Math.max(0, items.size() - 1) * separator.length;
    for (StoredObject o : items) {
      sum += form.length(o);
    }
    this.length = sum;
  }

  @Override
  public long length() {
    return length;
  }

  /** Reads from the beginning. */
  Reader reader() {
    return new Reader();
  }

  /** One client's place in the list. */
  final class Reader {
    private int next = -1;

    /** False when all was given out. */
    boolean hasMore() {
      return next <= items.size();
    }

    /** Appends whole objects until the buffer holds that many bytes, or all is written. */
    void next(ByteBuf out, int atLeast) {
      while (hasMore() && out.readableBytes() < atLeast) {
        if (next < 0) {
          out.writeBytes(head);
        } else if (next == items.size()) {
          out.writeBytes(tail);
        } else {
          if (next > 0) {
            out.writeBytes(separator);
          }
          form.write(items.get(next), out);
        }
        next++;
      }
    }
  }
}
