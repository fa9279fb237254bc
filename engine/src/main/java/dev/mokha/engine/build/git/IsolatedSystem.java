package dev.mokha.engine.build.git;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;

/**
 * Git as on a machine that nobody has configured: of files and variables of the host nothing
 * counts, so that what a build fetches is the same everywhere, and nobody who can write a
 * configuration has a say in it.
 */
final class IsolatedSystem extends SystemReader.Delegate {
  private static final class Installed {
    static {
      SystemReader.setInstance(new IsolatedSystem(SystemReader.getInstance()));
    }

    private Installed() {}

    static void touch() {
      // Its class is initialized now.
    }
  }

  private IsolatedSystem(SystemReader system) {
    super(system);
  }

  /** Has JGit use it; once for the process. */
  static void install() {
    Installed.touch();
  }

  @Override
  public String getenv(String variable) {
    return variable.startsWith("GIT_") || variable.startsWith("XDG_")
        ? null
        : super.getenv(variable);
  }

  @Override
  public FileBasedConfig openUserConfig(Config parent, FS fs) {
    return new Nothing(parent, fs);
  }

  @Override
  public FileBasedConfig openSystemConfig(Config parent, FS fs) {
    return new Nothing(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(Config parent, FS fs) {
    return new Nothing(parent, fs);
  }

  /** A configuration that is in no file. */
  private static final class Nothing extends FileBasedConfig {
    Nothing(Config parent, FS fs) {
      super(parent, null, fs);
    }

    @Override
    public void load() {
      // There is nothing to read.
    }

    @Override
    public void save() {
      // What JGit measures of a disk is measured again by the next process.
    }

    @Override
    public boolean isOutdated() {
      return false;
    }
  }
}
