package dev.mokha.cli;

import dev.mokha.cli.backup.BackupFile;
import dev.mokha.cli.backup.ClusterBackup;
import dev.mokha.store.etcd.EtcdAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a data directory of a backup. */
@Command(
    name = "restore",
    description = "Make an empty data directory the cluster of a backup; then run: mokha up")
final class RestoreCommand implements Runnable {
  @Mixin private InstanceOption option = new InstanceOption();

  @Parameters(paramLabel = "FILE", description = "What mokha backup has written.")
  private Path file;

  @Option(
      names = "--store",
      paramLabel = "etcd://HOST:PORT[,HOST:PORT...]",
      description =
          "Restore the objects into an etcd, under a ?prefix=/NAME where nothing is yet; they get"
              + " new resourceVersions there (default: onto this machine).")
  private String store = "";

  @Override
  public void run() {
    Instance instance = option.instance();
    if (!Files.isRegularFile(file)) {
      throw new UserError("there is no file " + file);
    }
    BackupFile.Contents contents = BackupFile.read(file);
    restore(contents, instance);
    System.out.printf(
        "%d objects of %s are restored into %s; start the cluster with: mokha up%s%n",
        contents.snapshot().entries().size(),
        contents.created(),
        instance.dataDir(),
        instance.dataDir().equals(Instance.DEFAULT_DATA_DIR)
            ? ""
            : " --data-dir=" + instance.dataDir());
  }

  private void restore(BackupFile.Contents contents, Instance instance) {
    if (store.isEmpty()) {
      ClusterBackup.restore(contents, instance);
      return;
    }
    try {
      EtcdAddress unused = EtcdAddress.parse(store);
    } catch (IllegalArgumentException e) {
      throw new UserError("--store: " + e.getMessage());
    }
    try (ProgressBars bars = new ProgressBars()) {
      ClusterBackup.restoreIntoEtcd(
          contents,
          instance,
          store,
          (action, done, total) -> bars.update(action, action, done, total));
    }
  }
}
