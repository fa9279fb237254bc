package dev.mokha.engine.images;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who hears what becomes of images; one that fails harms nobody else. */
final class ImageListeners {
  private static final Logger log = LoggerFactory.getLogger(ImageListeners.class);

  private final List<Consumer<ImageEvent>> listeners = new CopyOnWriteArrayList<>();

  void add(Consumer<ImageEvent> listener) {
    listeners.add(requireNonNull(listener, "listener"));
  }

  /**
   * Tells all.
   *
   * @param name as which it happened; empty for none
   */
  void tell(ImageEvent.Action action, String id, String name) {
    ImageEvent event = new ImageEvent(action, id, name, Instant.now());
    for (Consumer<ImageEvent> listener : listeners) {
      try {
        listener.accept(event);
      } catch (RuntimeException e) {
        log.error("A listener of image {} failed", id, e);
      }
    }
  }

  void tell(List<Removal> gone) {
    for (Removal removal : gone) {
      switch (removal) {
        case Removal.Untagged untagged ->
            tell(ImageEvent.Action.UNTAG, untagged.imageId(), untagged.reference());
        case Removal.Deleted deleted when deleted.isImage() ->
            tell(ImageEvent.Action.DELETE, deleted.id(), "");
        case Removal.Deleted layer -> {}
      }
    }
  }
}
