package dev.mokha.cli.backup;

import static java.util.Objects.requireNonNull;

import dev.mokha.cli.UserError;
import dev.mokha.store.Entry;
import dev.mokha.store.Snapshot;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A backup on disk.
 *
 * <pre>
 * mokha-backup 1\n                              the format's number
 * gzip:  when it was made, by which version
 *        the files of the data directory: name, bytes
 *        the store: its revision; each entry's key, revisions and value
 * 32 bytes                                      SHA-256 of all before
 * </pre>
 *
 * <p>It holds the cluster's private keys and all its secrets, and is readable by its owner alone.
 */
public final class BackupFile {
  /** Raise it with every change of what is in the file, and read the one before too. */
  static final int FORMAT = 1;

  private static final String MAGIC = "mokha-backup ";
  private static final int CHECKSUM = 32;

  /** No single file or value in a backup is larger: a length beyond it is a damaged one. */
  private static final int MAX_BYTES = 64 << 20;

  private BackupFile() {}

  /**
   * What a backup holds.
   *
   * @param created when it was made
   * @param version which Mokha made it
   * @param files of the data directory, by their path within it
   * @param snapshot all entries of the store
   */
  public record Contents(
      Instant created, String version, Map<String, byte[]> files, Snapshot snapshot) {
    /** Refuses nulls. */
    public Contents {
      requireNonNull(created, "created");
      requireNonNull(version, "version");
      requireNonNull(files, "files");
      requireNonNull(snapshot, "snapshot");
    }
  }

  /**
   * Writes a backup; the file appears when it is complete and on disk, in place of an older one.
   *
   * @return its size in bytes
   * @throws IOException when the disk fails or is full; nothing is left then
   */
  public static long write(Path file, Contents contents) throws IOException {
    Path half = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(half);
    try (FileChannel channel =
        FileChannel.open(
            half,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      MessageDigest digest = sha256();
      OutputStream raw = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
      DigestOutputStream digested = new DigestOutputStream(raw, digest);
      digested.write((MAGIC + FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
      GZIPOutputStream zipped = new GZIPOutputStream(digested, 1 << 16);
      DataOutputStream out = new DataOutputStream(new BufferedOutputStream(zipped, 1 << 16));
      write(out, contents);
      out.flush();
      zipped.finish();
      raw.write(digest.digest());
      raw.flush();
      channel.force(true);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(half);
      throw e;
    }
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return Files.size(file);
  }

  private static void write(DataOutputStream out, Contents contents) throws IOException {
    out.writeLong(contents.created().toEpochMilli());
    out.writeUTF(contents.version());
    out.writeInt(contents.files().size());
    for (Map.Entry<String, byte[]> e : contents.files().entrySet()) {
      out.writeUTF(e.getKey());
      bytes(out, e.getValue());
    }
    out.writeLong(contents.snapshot().revision());
    out.writeInt(contents.snapshot().entries().size());
    for (Entry e : contents.snapshot().entries()) {
      bytes(out, e.key().getBytes(StandardCharsets.UTF_8));
      out.writeLong(e.createRevision());
      out.writeLong(e.modRevision());
      bytes(out, e.value());
    }
  }

  private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  /**
   * Reads a backup.
   *
   * @throws UserError when it is none, newer than this program, cut off or changed
   */
  public static Contents read(Path file) {
    try {
      checkFormat(file);
      checkSum(file);
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        in.readNBytes(firstLine(file).length() + 1);
        return read(new DataInputStream(new BufferedInputStream(new GZIPInputStream(in))));
      }
    } catch (IOException e) {
      throw new UserError("the backup %s can't be read: %s".formatted(file, e.getMessage()));
    }
  }

  private static String firstLine(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(32), StandardCharsets.ISO_8859_1);
      int end = start.indexOf('\n');
      return end < 0 ? "" : start.substring(0, end);
    }
  }

  private static void checkFormat(Path file) throws IOException {
    String line = firstLine(file);
    if (!line.matches(MAGIC + "[0-9]{1,9}")) {
      throw new UserError(file + " is not a backup of Mokha");
    }
    int format = Integer.parseInt(line.substring(MAGIC.length()));
    if (format > FORMAT) {
      throw new UserError(
          "the backup %s was written by a newer Mokha (format %d, this one knows %d); restore it with that version"
              .formatted(file, format, FORMAT));
    }
  }

  private static void checkSum(Path file) throws IOException {
    long covered = Files.size(file) - CHECKSUM;
    MessageDigest digest = sha256();
    boolean same = false;
    if (covered > 0) {
      try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        DigestInputStream in = new DigestInputStream(raw, digest);
        // Read, not skipped: what is skipped is not digested.
        byte[] buffer = new byte[1 << 16];
        for (long rest = covered; rest > 0; ) {
          int read = in.read(buffer, 0, (int) Math.min(rest, buffer.length));
          if (read < 0) {
            throw new IOException("it became shorter while it was read");
          }
          rest -= read;
        }
        same = MessageDigest.isEqual(digest.digest(), raw.readNBytes(CHECKSUM));
      }
    }
    if (!same) {
      throw new UserError(
          "the backup %s is cut off or was changed: its checksum does not match; use another one"
              .formatted(file));
    }
  }

  private static Contents read(DataInputStream in) throws IOException {
    Instant created = Instant.ofEpochMilli(in.readLong());
    String version = in.readUTF();
    Map<String, byte[]> files = new TreeMap<>();
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      String name = in.readUTF();
      files.put(name, bytes(in));
    }
    long revision = in.readLong();
    int size = in.readInt();
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      String key = new String(bytes(in), StandardCharsets.UTF_8);
      long createRevision = in.readLong();
      long modRevision = in.readLong();
      entries.add(new Entry(key, bytes(in), createRevision, modRevision));
    }
    return new Contents(created, version, files, new Snapshot(revision, entries));
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_BYTES) {
      throw new IOException("a part of it has the length " + length);
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
