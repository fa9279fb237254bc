package dev.mokha.engine.build.dockerfile;

import java.time.Duration;
import java.util.List;

/** One instruction of a Dockerfile; variables are not expanded yet. */
public sealed interface Instruction {
  /** Where it is. */
  Source source();

  /**
   * Where an instruction is.
   *
   * @param line its first line, from 1; of a trigger, that of the FROM that brought it
   * @param text the instruction as written, continuations joined
   */
  record Source(int line, String text) {}

  /**
   * A command line.
   *
   * @param shell whether it is one text for a shell; else the words are run as they are
   * @param words the words; of the shell form, one
   */
  record Command(boolean shell, List<String> words) {
    /** Copies the words. */
    public Command {
      words = List.copyOf(words);
    }
  }

  /** A name and its value; null when none is given. */
  record Pair(String name, String value) {}

  /**
   * FROM.
   *
   * @param platform empty when not said
   * @param name of the stage, in lower case; empty for none
   */
  record From(Source source, String image, String platform, String name) implements Instruction {}

  /**
   * RUN.
   *
   * @param network {@code default}, {@code none}, {@code host}, or empty
   * @param security {@code sandbox}, {@code insecure}, or empty
   */
  record Run(
      Source source,
      Command command,
      List<RunMount> mounts,
      String network,
      String security,
      List<Heredoc> heredocs)
      implements Instruction {
    /** Copies the collections. */
    public Run {
      mounts = List.copyOf(mounts);
      heredocs = List.copyOf(heredocs);
    }
  }

  /** CMD. */
  record Cmd(Source source, Command command) implements Instruction {}

  /** ENTRYPOINT. */
  record Entrypoint(Source source, Command command) implements Instruction {}

  /**
   * COPY, or ADD.
   *
   * @param add whether it is ADD: archives are unpacked, addresses are fetched
   * @param from a stage's name or number, or an image; empty for the context
   * @param checksum what an address must give: {@code sha256:...} of a file, the beginning of a
   *     commit's id of a git repository; empty for anything
   * @param keepGitDirectory whether a git repository comes with its {@code .git}; null for what its
   *     address says
   * @param unpack whether archives are unpacked; null for Docker's rule, which is those of the
   *     context and not those fetched
   * @param heredocs more sources, whose content is in the Dockerfile
   */
  record Copy(
      Source source,
      boolean add,
      List<String> sources,
      String destination,
      String from,
      String chown,
      String chmod,
      boolean link,
      boolean parents,
      List<String> excludes,
      String checksum,
      Boolean keepGitDirectory,
      Boolean unpack,
      List<Heredoc> heredocs)
      implements Instruction {
    /** Copies the collections. */
    public Copy {
      sources = List.copyOf(sources);
      excludes = List.copyOf(excludes);
      heredocs = List.copyOf(heredocs);
    }
  }

  /** ENV. */
  record Env(Source source, List<Pair> pairs) implements Instruction {
    /** Copies the pairs. */
    public Env {
      pairs = List.copyOf(pairs);
    }
  }

  /** LABEL. */
  record Label(Source source, List<Pair> pairs) implements Instruction {
    /** Copies the pairs. */
    public Label {
      pairs = List.copyOf(pairs);
    }
  }

  /** ARG. */
  record Arg(Source source, List<Pair> pairs) implements Instruction {
    /** Copies the pairs. */
    public Arg {
      pairs = List.copyOf(pairs);
    }
  }

  /** EXPOSE. */
  record Expose(Source source, List<String> ports) implements Instruction {
    /** Copies the ports. */
    public Expose {
      ports = List.copyOf(ports);
    }
  }

  /** VOLUME. */
  record Volume(Source source, List<String> paths) implements Instruction {
    /** Copies the paths. */
    public Volume {
      paths = List.copyOf(paths);
    }
  }

  /** SHELL. */
  record Shell(Source source, List<String> words) implements Instruction {
    /** Copies the words. */
    public Shell {
      words = List.copyOf(words);
    }
  }

  /** USER. */
  record User(Source source, String user) implements Instruction {}

  /** WORKDIR. */
  record Workdir(Source source, String path) implements Instruction {}

  /** STOPSIGNAL. */
  record StopSignal(Source source, String signal) implements Instruction {}

  /** MAINTAINER. */
  record Maintainer(Source source, String author) implements Instruction {}

  /** ONBUILD: an instruction for those who build on the image. */
  record OnBuild(Source source, String trigger) implements Instruction {}

  /**
   * HEALTHCHECK.
   *
   * @param command null for NONE
   * @param retries 0 for the default; so are the durations
   */
  record HealthCheck(
      Source source,
      Command command,
      Duration interval,
      Duration timeout,
      Duration startPeriod,
      Duration startInterval,
      int retries)
      implements Instruction {}

  /**
   * What RUN mounts for its command alone.
   *
   * @param type {@code bind}, {@code cache}, {@code tmpfs}, {@code secret} or {@code ssh}
   * @param target path inside; of a secret, empty for the default
   * @param source path in {@code from}
   * @param from stage, image, or empty for the context (bind) and nothing (cache)
   * @param id names a cache or secret; empty for the target
   * @param writable whether it can be written
   * @param sharing {@code shared}, {@code private} or {@code locked}
   * @param mode permission bits; -1 for the default
   * @param uid owner
   * @param gid group
   * @param size of a tmpfs, in bytes; 0 for no limit
   * @param required whether a secret must be given
   * @param env the variable a secret is given in; empty for a file
   */
  record RunMount(
      String type,
      String target,
      String source,
      String from,
      String id,
      boolean writable,
      String sharing,
      int mode,
      long uid,
      long gid,
      long size,
      boolean required,
      String env) {}
}
