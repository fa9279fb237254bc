package dev.mokha.server.pki;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A PKI that ends with the process, as tests want it. */
final class PkiMemory implements PkiFiles {
  private final Map<String, String> texts = new ConcurrentHashMap<>();

  @Override
  public Path file(String name) {
    return Path.of("memory", name);
  }

  @Override
  public boolean has(String name) {
    return texts.containsKey(name);
  }

  @Override
  public String read(String name) {
    String text = texts.get(name);
    if (text == null) {
      throw new PkiException(file(name) + " does not exist", null);
    }
    return text;
  }

  @Override
  public void write(String name, String text) {
    texts.put(name, text);
  }
}
