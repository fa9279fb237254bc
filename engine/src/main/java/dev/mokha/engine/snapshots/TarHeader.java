package dev.mokha.engine.snapshots;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One entry's header in a tar: ustar, with a pax header before it for what ustar can't say (POSIX
 * pax, section "ustar Interchange Format"). Equal entries have equal headers. Attributes are
 * written as bytes, which the tar libraries can't: they take them for text.
 *
 * @param name with a slash at the end for a directory
 * @param type the type flag
 * @param mode twelve bits
 * @param uid owner
 * @param gid group
 * @param size bytes that follow
 * @param mtime seconds since 1970
 * @param link where a link leads; empty for none
 * @param major of a device
 * @param minor of a device
 * @param attributes extended attributes by name
 */
record TarHeader(
    String name,
    byte type,
    int mode,
    long uid,
    long gid,
    long size,
    long mtime,
    String link,
    int major,
    int minor,
    Map<String, byte[]> attributes) {
  static final byte FILE = '0';
  static final byte HARD_LINK = '1';
  static final byte SYMBOLIC_LINK = '2';
  static final byte CHARACTER = '3';
  static final byte BLOCK = '4';
  static final byte DIRECTORY = '5';
  static final byte FIFO = '6';

  static final int BLOCK_SIZE = 512;
  private static final byte PAX = 'x';
  private static final int NAME = 100;
  private static final int PREFIX = 155;
  private static final long MAX_ID = 07777777;
  private static final long MAX_SIZE = 077777777777L;

  /** Writes it; its length in bytes. */
  int write(OutputStream out) throws IOException {
    int length = BLOCK_SIZE;
    SortedMap<String, byte[]> pax = new TreeMap<>();
    attributes.forEach((key, value) -> pax.put("SCHILY.xattr." + key, value));
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    int split = split(path);
    if (split < 0) {
      pax.put("path", path);
    }
    byte[] target = link.getBytes(StandardCharsets.UTF_8);
    if (target.length > NAME || !isAscii(target)) {
      pax.put("linkpath", target);
    }
    putNumber(pax, "uid", uid, MAX_ID);
    putNumber(pax, "gid", gid, MAX_ID);
    putNumber(pax, "size", size, MAX_SIZE);
    putNumber(pax, "mtime", mtime, MAX_SIZE);
    if (!pax.isEmpty()) {
      byte[] records = records(pax);
      byte[] title = Arrays.copyOf("PaxHeaders.0/entry".getBytes(StandardCharsets.US_ASCII), NAME);
      out.write(block(title, new byte[0], PAX, 0644, 0, 0, records.length, 0, new byte[0]));
      out.write(records);
      pad(out, records.length);
      length += BLOCK_SIZE + Math.ceilDiv(records.length, BLOCK_SIZE) * BLOCK_SIZE;
    }
    byte[] prefix = split > 0 ? Arrays.copyOf(path, split) : new byte[0];
    byte[] rest = split > 0 ? Arrays.copyOfRange(path, split + 1, path.length) : path;
    out.write(block(rest, prefix, type, mode, uid, gid, size, mtime, target));
    return length;
  }

  /** Fills the last block of something with zeros. */
  static void pad(OutputStream out, long length) throws IOException {
    int over = (int) (length % BLOCK_SIZE);
    if (over > 0) {
      out.write(new byte[BLOCK_SIZE - over]);
    }
  }

  /** Where the name is cut into prefix and rest: 0 when it need not, -1 when it can't. */
  private static int split(byte[] path) {
    if (!isAscii(path)) {
      return -1;
    }
    if (path.length <= NAME) {
      return 0;
    }
    for (int i = Math.min(PREFIX, path.length - 2); i > 0; i--) {
      if (path[i] == '/') {
        return path.length - i - 1 <= NAME ? i : -1;
      }
    }
    return -1;
  }

  private static boolean isAscii(byte[] text) {
    for (byte b : text) {
      if (b <= 0) {
        return false;
      }
    }
    return true;
  }

  private static void putNumber(
      SortedMap<String, byte[]> pax, String key, long value, long largest) {
    if (value < 0 || value > largest) {
      pax.put(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Each record begins with its own length, those digits included. */
  private static byte[] records(SortedMap<String, byte[]> pax) {
    var all = new ByteArrayOutputStream();
    pax.forEach(
        (key, value) -> {
          byte[] name = key.getBytes(StandardCharsets.UTF_8);
          int body = name.length + value.length + 3;
          int length = body + Integer.toString(body).length();
          length = body + Integer.toString(length).length();
          all.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
          all.writeBytes(name);
          all.write('=');
          all.writeBytes(value);
          all.write('\n');
        });
    return all.toByteArray();
  }

  private byte[] block(
      byte[] rest,
      byte[] prefix,
      byte flag,
      int bits,
      long owner,
      long group,
      long length,
      long time,
      byte[] target) {
    byte[] block = new byte[BLOCK_SIZE];
    System.arraycopy(rest, 0, block, 0, Math.min(rest.length, NAME));
    octal(block, 100, 8, bits);
    octal(block, 108, 8, within(owner, MAX_ID));
    octal(block, 116, 8, within(group, MAX_ID));
    octal(block, 124, 12, within(length, MAX_SIZE));
    octal(block, 136, 12, within(time, MAX_SIZE));
    Arrays.fill(block, 148, 156, (byte) ' ');
    block[156] = flag;
    System.arraycopy(target, 0, block, 157, Math.min(target.length, NAME));
    System.arraycopy("ustar\00000".getBytes(StandardCharsets.US_ASCII), 0, block, 257, 8);
    octal(block, 329, 8, flag == CHARACTER || flag == BLOCK ? major : 0);
    octal(block, 337, 8, flag == CHARACTER || flag == BLOCK ? minor : 0);
    System.arraycopy(prefix, 0, block, 345, Math.min(prefix.length, PREFIX));
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(block, 148, 7, sum);
    return block;
  }

  private static long within(long value, long largest) {
    return value < 0 || value > largest ? 0 : value;
  }

  private static void octal(byte[] block, int at, int length, long value) {
    long rest = value;
    for (int i = at + length - 2; i >= at; i--) {
      block[i] = (byte) ('0' + (rest & 7));
      rest >>= 3;
    }
    block[at + length - 1] = 0;
  }
}
