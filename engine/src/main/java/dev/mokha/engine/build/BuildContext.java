package dev.mokha.engine.build;

import static java.util.Objects.requireNonNull;

import dev.mokha.engine.build.context.FileTree;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;

/** Where COPY and ADD take files from, and where the Dockerfile is. */
public sealed interface BuildContext {
  /**
   * A tar stream: plain, gzip, bzip2, xz or zstd. It is hashed while it is received, and read to
   * its end.
   */
  record Tar(InputStream stream) implements BuildContext {
    /** Refuses null. */
    public Tar {
      requireNonNull(stream);
    }
  }

  /** A directory of this machine, read where it is; its {@code .dockerignore} counts. */
  record Directory(Path path) implements BuildContext {
    /** Refuses null. */
    public Directory {
      requireNonNull(path);
    }
  }

  /** A tar, or a Dockerfile alone, that is fetched over HTTP or HTTPS. */
  record Remote(URI address) implements BuildContext {
    /** Refuses null. */
    public Remote {
      requireNonNull(address);
    }
  }

  /**
   * A git repository, fetched by the builder.
   *
   * @param address as Docker writes it: {@code https://host/team/app.git#ref:directory}
   */
  record Git(String address) implements BuildContext {
    /** Refuses null. */
    public Git {
      requireNonNull(address);
    }
  }

  /**
   * Files that whoever asks for the build has got otherwise, such as from a client file by file;
   * closed with the build. With {@link BuildRequest#dockerfileText} they are not looked into before
   * a step needs them, and no {@code .dockerignore} of theirs counts.
   */
  record Files(FileTree tree) implements BuildContext {
    /** Refuses null. */
    public Files {
      requireNonNull(tree);
    }
  }

  /**
   * An image's files. Only for {@link BuildRequest#contexts}.
   *
   * @param reference its name
   */
  record OfImage(String reference) implements BuildContext {
    /** Refuses null. */
    public OfImage {
      requireNonNull(reference);
    }
  }

  /** No files: the Dockerfile's text is all there is. */
  record DockerfileOnly(byte[] text) implements BuildContext {
    /** Refuses null. */
    public DockerfileOnly {
      requireNonNull(text);
    }
  }
}
