package dev.mokha.docker.buildkit.session;

import com.google.protobuf.ByteString;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * The packets in which trees of files go between BuildKit's client and daemon, whichever sends.
 * Names come first, in the order of a walk, and an empty one at their end; the receiver asks for
 * contents by a file's place in that order, gets them in pieces with an empty one at the end, and
 * says when it has all.
 */
final class FilePackets {
  // Fields of a packet.
  private static final int TYPE = 1;
  private static final int STAT = 2;
  private static final int ID = 3;
  private static final int DATA = 4;

  // Fields of a stat.
  private static final int PATH = 1;
  private static final int MODE = 2;
  private static final int UID = 3;
  private static final int GID = 4;
  private static final int SIZE = 5;
  private static final int MODIFIED = 6;
  private static final int LINK = 7;
  private static final int MAJOR = 8;
  private static final int MINOR = 9;
  private static final int ATTRIBUTES = 10;

  // Go's bits of a file's mode (package io/fs).
  private static final long DIRECTORY = 1L << 31;
  private static final long SYMLINK = 1L << 27;
  private static final long DEVICE = 1L << 26;
  private static final long PIPE = 1L << 25;
  private static final long SOCKET = 1L << 24;
  private static final long SET_UID = 1L << 23;
  private static final long SET_GID = 1L << 22;
  private static final long CHARACTER = 1L << 21;
  private static final long STICKY = 1L << 20;
  private static final long IRREGULAR = 1L << 19;
  private static final long KIND =
      DIRECTORY | SYMLINK | DEVICE | PIPE | SOCKET | CHARACTER | IRREGULAR;
  private static final int PERMISSIONS = 0777;
  private static final int BIT_SET_UID = 04000;
  private static final int BIT_SET_GID = 02000;
  private static final int BIT_STICKY = 01000;

  private static final long NANOS = 1_000_000_000L;

  private FilePackets() {}

  /** A packet. */
  sealed interface Packet {
    /** A file; at the end of all, null. */
    record Named(Stat stat) implements Packet {}

    /** The receiver wants a file. */
    record Wanted(int id) implements Packet {}

    /** A piece of a file; an empty one at its end. */
    record Piece(int id, ByteString bytes) implements Packet {}

    /** The receiver has all; the sender says the same to that. */
    record Finished() implements Packet {}

    /** Either side gives up. */
    record Failed(String message) implements Packet {}
  }

  /**
   * A file.
   *
   * @param status null for what is no file of a tree, such as a socket
   * @param link where a link leads; of a file with content, another name of it
   */
  record Stat(String path, FileStatus status, String link, Map<String, byte[]> attributes) {}

  static Packet parse(Message packet) throws IOException {
    int id = (int) packet.number(ID);
    return switch ((int) packet.number(TYPE)) {
      case 0 -> new Packet.Named(packet.has(STAT) ? stat(packet.message(STAT)) : null);
      case 1 -> new Packet.Wanted(id);
      case 2 -> new Packet.Piece(id, packet.data(DATA));
      case 3 -> new Packet.Finished();
      case 4 -> new Packet.Failed(packet.text(DATA));
      default -> throw new IOException("the client sent a packet of no known kind");
    };
  }

  static Message write(Packet packet) {
    return switch (packet) {
      case Packet.Named named ->
          named.stat() == null
              ? Message.EMPTY
              : Message.of().message(STAT, stat(named.stat())).build();
      case Packet.Wanted wanted -> Message.of().number(TYPE, 1).number(ID, wanted.id()).build();
      case Packet.Piece piece ->
          Message.of().number(TYPE, 2).number(ID, piece.id()).data(DATA, piece.bytes()).build();
      case Packet.Finished _ -> Message.of().number(TYPE, 3).build();
      case Packet.Failed failed ->
          Message.of().number(TYPE, 4).data(DATA, Message.utf8(failed.message())).build();
    };
  }

  private static Stat stat(Message stat) {
    long mode = stat.number(MODE) & 0xffff_ffffL;
    FileNode.Kind kind = kind(mode);
    Map<String, byte[]> attributes = new HashMap<>();
    stat.dataMap(ATTRIBUTES).forEach((name, value) -> attributes.put(name, value.toByteArray()));
    FileStatus status =
        kind == null
            ? null
            : new FileStatus(
                kind,
                permissions(mode),
                stat.number(UID),
                stat.number(GID),
                kind == FileNode.Kind.FILE ? stat.number(SIZE) : 0,
                time(stat.number(MODIFIED)),
                (int) stat.number(MAJOR),
                (int) stat.number(MINOR));
    return new Stat(stat.text(PATH), status, stat.text(LINK), attributes);
  }

  private static Instant time(long nanos) {
    return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
  }

  private static FileNode.Kind kind(long mode) {
    long kind = mode & KIND;
    if (kind == 0) {
      return FileNode.Kind.FILE;
    }
    if (kind == DIRECTORY) {
      return FileNode.Kind.DIRECTORY;
    }
    if (kind == SYMLINK) {
      return FileNode.Kind.LINK;
    }
    if (kind == PIPE) {
      return FileNode.Kind.FIFO;
    }
    if (kind == DEVICE) {
      return FileNode.Kind.BLOCK_DEVICE;
    }
    return kind == (DEVICE | CHARACTER) ? FileNode.Kind.CHARACTER_DEVICE : null;
  }

  private static int permissions(long mode) {
    return (int) (mode & PERMISSIONS)
        | ((mode & SET_UID) != 0 ? BIT_SET_UID : 0)
        | ((mode & SET_GID) != 0 ? BIT_SET_GID : 0)
        | ((mode & STICKY) != 0 ? BIT_STICKY : 0);
  }

  private static Message stat(Stat stat) {
    FileStatus status = stat.status();
    long mode =
        (status.mode() & PERMISSIONS)
            | ((status.mode() & BIT_SET_UID) != 0 ? SET_UID : 0)
            | ((status.mode() & BIT_SET_GID) != 0 ? SET_GID : 0)
            | ((status.mode() & BIT_STICKY) != 0 ? STICKY : 0);
    mode |=
        switch (status.kind()) {
          case FILE -> 0;
          case DIRECTORY -> DIRECTORY;
          case LINK -> SYMLINK;
          case FIFO -> PIPE;
          case BLOCK_DEVICE -> DEVICE;
          case CHARACTER_DEVICE -> DEVICE | CHARACTER;
        };
    Instant modified = status.modified();
    return Message.of()
        .text(PATH, stat.path())
        .number(MODE, mode)
        .number(UID, status.uid())
        .number(GID, status.gid())
        .number(SIZE, status.size())
        .number(MODIFIED, modified.getEpochSecond() * NANOS + modified.getNano())
        .text(LINK, stat.link())
        .number(MAJOR, status.major())
        .number(MINOR, status.minor())
        .dataMap(ATTRIBUTES, stat.attributes())
        .build();
  }
}
