package dev.mokha.engine.volumes;

import dev.mokha.engine.EngineException;
import dev.mokha.linux.LinuxException;
import dev.mokha.linux.MountFlag;
import dev.mokha.linux.Mounts;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is mounted on a volume's directory: {@code type}, {@code device} and {@code o} as mount(8)
 * has them in fstab(5). Words that are flags of mount(2) become such, all others go to the file
 * system. Addresses of NFS and SMB servers are looked up here, since the kernel takes numbers only.
 *
 * @param type of the file system; {@code none} or {@code bind} for a directory of the host
 * @param device what is mounted
 * @param flags of mount(2), without those of propagation
 * @param propagation of the mount; empty to leave the directory's
 * @param data the file system's own options
 */
record VolumeMount(
    String type,
    String device,
    Set<MountFlag> flags,
    Set<MountFlag> propagation,
    List<String> data) {

  private static final Map<String, MountFlag> FLAGS =
      Map.ofEntries(
          Map.entry("ro", MountFlag.READ_ONLY),
          Map.entry("nosuid", MountFlag.NO_SUID),
          Map.entry("nodev", MountFlag.NO_DEV),
          Map.entry("noexec", MountFlag.NO_EXEC),
          Map.entry("sync", MountFlag.SYNCHRONOUS),
          Map.entry("dirsync", MountFlag.DIRECTORY_SYNC),
          Map.entry("mand", MountFlag.MANDATORY_LOCKS),
          Map.entry("noatime", MountFlag.NO_ATIME),
          Map.entry("nodiratime", MountFlag.NO_DIRECTORY_ATIME),
          Map.entry("relatime", MountFlag.RELATIME),
          Map.entry("strictatime", MountFlag.STRICT_ATIME));

  /** The opposite of a flag: takes it away again. */
  private static final Map<String, MountFlag> OPPOSITES =
      Map.of(
          "rw", MountFlag.READ_ONLY,
          "suid", MountFlag.NO_SUID,
          "dev", MountFlag.NO_DEV,
          "exec", MountFlag.NO_EXEC,
          "async", MountFlag.SYNCHRONOUS,
          "nomand", MountFlag.MANDATORY_LOCKS,
          "atime", MountFlag.NO_ATIME,
          "diratime", MountFlag.NO_DIRECTORY_ATIME,
          "norelatime", MountFlag.RELATIME,
          "nostrictatime", MountFlag.STRICT_ATIME);

  private static final Map<String, MountFlag> PROPAGATIONS =
      Map.of(
          "private", MountFlag.PRIVATE,
          "slave", MountFlag.SLAVE,
          "shared", MountFlag.SHARED,
          "unbindable", MountFlag.UNBINDABLE);

  /** Reads a volume's options. */
  static VolumeMount of(Map<String, String> options) {
    String type = options.getOrDefault("type", "");
    Set<MountFlag> flags = EnumSet.noneOf(MountFlag.class);
    Set<MountFlag> propagation = EnumSet.noneOf(MountFlag.class);
    List<String> data = new ArrayList<>();
    if (type.equals("bind")) {
      flags.add(MountFlag.BIND);
    }
    for (String word : options.getOrDefault("o", "").split(",", -1)) {
      String plain = word.startsWith("r") ? word.substring(1) : word;
      if (word.isEmpty() || word.equals("defaults")) {
        continue;
      }
      if (word.equals("bind") || word.equals("rbind")) {
        flags.add(MountFlag.BIND);
        if (word.equals("rbind")) {
          flags.add(MountFlag.RECURSIVE);
        }
      } else if (FLAGS.containsKey(word)) {
        flags.add(FLAGS.get(word));
      } else if (OPPOSITES.containsKey(word)) {
        flags.remove(OPPOSITES.get(word));
      } else if (PROPAGATIONS.containsKey(word) || PROPAGATIONS.containsKey(plain)) {
        propagation.clear();
        propagation.add(PROPAGATIONS.getOrDefault(word, PROPAGATIONS.get(plain)));
        if (!PROPAGATIONS.containsKey(word)) {
          propagation.add(MountFlag.RECURSIVE);
        }
      } else {
        data.add(word);
      }
    }
    return new VolumeMount(type, options.get("device"), flags, propagation, data);
  }

  /** Mounts it. */
  void make(Path target) {
    try {
      boolean bind = flags.contains(MountFlag.BIND);
      if (bind) {
        // mount(2) makes a bind mount and ignores every other flag.
        if (flags.contains(MountFlag.RECURSIVE)) {
          Mounts.bind(Path.of(device), target);
        } else {
          Mounts.bindOne(Path.of(device), target);
        }
      } else {
        String options = String.join(",", resolved());
        Mounts.mount(device, target, type, flags, options.isEmpty() ? null : options);
      }
      try {
        Set<MountFlag> more = EnumSet.noneOf(MountFlag.class);
        more.addAll(flags);
        more.removeAll(Set.of(MountFlag.BIND, MountFlag.RECURSIVE));
        if (bind && !more.isEmpty()) {
          Mounts.remountBind(target, more);
        }
        if (!propagation.isEmpty()) {
          Mounts.mount(null, target, null, propagation, null);
        }
      } catch (LinuxException e) {
        Mounts.unmount(target);
        throw e;
      }
    } catch (LinuxException e) {
      throw failed(target, e.errno().description(), e);
    } catch (UnknownHostException e) {
      throw failed(target, "lookup " + e.getMessage() + ": no such host", e);
    }
  }

  private EngineException failed(Path target, String why, Exception cause) {
    return new EngineException(
        EngineException.Code.RUNTIME,
        "error while mounting volume '"
            + target
            + "': failed to mount local volume: mount "
            + device
            + ":"
            + target
            + (data.isEmpty() ? "" : ", data: " + String.join(",", data))
            + ": "
            + why,
        cause);
  }

  /** The file system's options with the server's address as a number. */
  private List<String> resolved() throws UnknownHostException {
    boolean nfs = type.startsWith("nfs");
    if (!nfs && !type.equals("cifs") && !type.equals("smb3")) {
      return data;
    }
    List<String> words = new ArrayList<>();
    boolean given = false;
    for (String word : data) {
      if (word.startsWith("addr=")) {
        given = true;
        words.add("addr=" + number(word.substring("addr=".length())));
      } else {
        given = given || word.startsWith("ip=");
        words.add(word);
      }
    }
    String host = nfs ? nfsHost() : smbHost();
    if (!given && !host.isEmpty()) {
      words.add("addr=" + number(host));
    }
    return words;
  }

  private String nfsHost() {
    int end = device.startsWith("[") ? device.indexOf("]:") + 1 : device.indexOf(':');
    String host = end > 0 ? device.substring(0, end) : "";
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private String smbHost() {
    String rest = device.startsWith("//") ? device.substring(2) : "";
    int slash = rest.indexOf('/');
    return slash < 0 ? rest : rest.substring(0, slash);
  }

  private static String number(String host) throws UnknownHostException {
    return InetAddress.getByName(host).getHostAddress();
  }
}
