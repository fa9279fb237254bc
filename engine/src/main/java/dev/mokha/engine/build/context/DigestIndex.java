package dev.mokha.engine.build.context;

import dev.mokha.engine.content.Digest;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the digests of files that were hashed, for as long as they have the same inode, times
 * and size. A file that changed less than two seconds before it was hashed is not remembered: it
 * could change again without its times showing it.
 */
public final class DigestIndex {
  private static final Logger log = LoggerFactory.getLogger(DigestIndex.class);
  private static final int FORMAT = 1;
  private static final int MAX_ENTRIES = 500_000;
  private static final Duration SETTLED = Duration.ofSeconds(2);

  private final Path file;
  private final LinkedHashMap<Identity, String> digests =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Identity, String> eldest) {
          return size() > MAX_ENTRIES;
        }
      };
  private boolean changed;

  /** Says that a file is the same: times in nanoseconds since 1970. */
  record Identity(long device, long inode, long modified, long changed, long size) {}

  /** An index that is forgotten with the process. */
  public static DigestIndex inMemory() {
    return new DigestIndex(null);
  }

  /** An index in a file, which may be missing; a damaged one is begun anew. */
  public DigestIndex(Path file) {
    this.file = file;
    if (file == null || !Files.exists(file)) {
      return;
    }
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      if (in.readInt() != FORMAT) {
        return;
      }
      byte[] hash = new byte[32];
      for (int i = in.readInt(); i > 0; i--) {
        Identity identity =
            new Identity(in.readLong(), in.readLong(), in.readLong(), in.readLong(), in.readLong());
        in.readFully(hash);
        digests.put(identity, HexFormat.of().formatHex(hash));
      }
    } catch (IOException e) {
      log.warn(
          "The index of file digests {} can't be read and is begun anew: {}", file, e.toString());
      digests.clear();
    }
  }

  /** A regular file's digest. */
  String digest(Path path) throws IOException {
    Identity before = identity(path);
    synchronized (this) {
      String known = digests.get(before);
      if (known != null) {
        return known;
      }
    }
    MessageDigest hash = Digest.newHash("sha256");
    byte[] buffer = new byte[1 << 16];
    Instant now = Instant.now();
    try (InputStream in = Files.newInputStream(path)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    }
    String digest = HexFormat.of().formatHex(hash.digest());
    long settled = nanos(now.minus(SETTLED));
    if (before.equals(identity(path))
        && before.modified() < settled
        && before.changed() < settled) {
      synchronized (this) {
        digests.put(before, digest);
        changed = true;
      }
    }
    return digest;
  }

  private static Identity identity(Path path) throws IOException {
    Map<String, Object> is = Files.readAttributes(path, "unix:dev,ino,lastModifiedTime,ctime,size");
    return new Identity(
        ((Number) is.get("dev")).longValue(),
        ((Number) is.get("ino")).longValue(),
        nanos(((FileTime) is.get("lastModifiedTime")).toInstant()),
        nanos(((FileTime) is.get("ctime")).toInstant()),
        ((Number) is.get("size")).longValue());
  }

  private static long nanos(Instant at) {
    return at.getEpochSecond() * 1_000_000_000L + at.getNano();
  }

  /** Writes down what is new; losing it costs only time. */
  public synchronized void save() throws IOException {
    if (!changed || file == null) {
      return;
    }
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(next)))) {
      out.writeInt(FORMAT);
      out.writeInt(digests.size());
      for (Iterator<Map.Entry<Identity, String>> all = digests.entrySet().iterator();
          all.hasNext(); ) {
        Map.Entry<Identity, String> entry = all.next();
        Identity identity = entry.getKey();
        out.writeLong(identity.device());
        out.writeLong(identity.inode());
        out.writeLong(identity.modified());
        out.writeLong(identity.changed());
        out.writeLong(identity.size());
        out.write(HexFormat.of().parseHex(entry.getValue()));
      }
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    changed = false;
  }
}
