package dev.mokha.engine.images;

import java.util.Set;

/** Tells what of the images is in use, so that it is not removed. */
public interface ImageUse {
  /** Nothing is. */
  ImageUse NONE =
      new ImageUse() {
        @Override
        public Set<String> imageIds() {
          return Set.of();
        }

        @Override
        public Set<String> chainIds() {
          return Set.of();
        }
      };

  /** Ids of the images that containers are made from. */
  Set<String> imageIds();

  /** Chain ids of the layers that containers are mounted on. */
  Set<String> chainIds();
}
