package dev.mokha.engine.build.context;

import dev.mokha.engine.content.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;

/**
 * Says by one digest what files are: names, kinds, modes, contents, links, devices, attributes, and
 * owners where they count. Times don't.
 */
public final class TreeDigest {
  private final MessageDigest hash = Digest.newHash("sha256");
  private final boolean owners;

  /** Of nothing yet; owners count or not. */
  public TreeDigest(boolean owners) {
    this.owners = owners;
  }

  /** Adds a file, or a directory with all that is in it. */
  public void add(String name, FileNode node) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append(name).append('\0').append(node.kind()).append('\0').append(node.mode());
    if (owners) {
      text.append('\0').append(node.uid()).append(':').append(node.gid());
    }
    switch (node.kind()) {
      case FILE -> text.append('\0').append(node.size()).append('\0').append(node.digest());
      case LINK -> text.append('\0').append(node.link());
      case CHARACTER_DEVICE, BLOCK_DEVICE ->
          text.append('\0').append(node.major()).append(':').append(node.minor());
      case FIFO, DIRECTORY -> {
        // Kind and mode say all.
      }
    }
    for (Map.Entry<String, byte[]> entry : node.attributes().entrySet()) {
      text.append('\0').append(entry.getKey()).append('=');
      text.append(HexFormat.of().formatHex(entry.getValue()));
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    hash.update(Integer.toString(bytes.length).getBytes(StandardCharsets.UTF_8));
    hash.update((byte) ':');
    hash.update(bytes);
    for (Map.Entry<String, FileNode> entry : node.children().entrySet()) {
      add(name + "/" + entry.getKey(), entry.getValue());
    }
  }

  /** Adds what a key says wholly, such as a commit. */
  public void add(String name, String key) {
    byte[] bytes = (name + '\0' + "KEY" + '\0' + key).getBytes(StandardCharsets.UTF_8);
    hash.update(Integer.toString(bytes.length).getBytes(StandardCharsets.UTF_8));
    hash.update((byte) ':');
    hash.update(bytes);
  }

  /** The digest as hexadecimal digits; nothing can be added any more. */
  public String finish() {
    return HexFormat.of().formatHex(hash.digest());
  }
}
