package dev.mokha.cli.build;

import dev.mokha.cli.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Reads options of a build that name what the client has: secrets, agents, contexts. */
final class ClientOptions {
  private static final int MAX_SECRET = 500 * 1024;

  private ClientOptions() {}

  /** {@code id=ID,src=FILE}, {@code id=ID,env=NAME}, or {@code id=ID} for the variable ID. */
  static Map<String, byte[]> secrets(List<String> options) throws IOException {
    Map<String, byte[]> all = new LinkedHashMap<>();
    for (String option : options) {
      Map<String, String> fields = new LinkedHashMap<>();
      for (String field : option.split(",", -1)) {
        int equals = field.indexOf('=');
        if (equals < 0) {
          throw new UserError("--secret is id=ID,src=FILE or id=ID,env=NAME, not " + option);
        }
        fields.put(field.substring(0, equals), field.substring(equals + 1));
      }
      String id = fields.get("id");
      if (id == null || id.isEmpty()) {
        throw new UserError("a secret needs an id: --secret id=ID,src=FILE");
      }
      byte[] value = secret(id, fields);
      if (value.length > MAX_SECRET) {
        throw new UserError("secret " + id + " is too large: " + MAX_SECRET + " bytes at most");
      }
      all.put(id, value);
    }
    return all;
  }

  private static byte[] secret(String id, Map<String, String> fields) throws IOException {
    String from = fields.getOrDefault("src", fields.get("source"));
    if (from != null) {
      return Files.readAllBytes(Path.of(from));
    }
    String value = System.getenv(fields.getOrDefault("env", id));
    if (value == null) {
      throw new UserError("secret " + id + " has no file, and no such variable is set");
    }
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** {@code default}, {@code ID} or {@code ID=SOCKET}, as the API takes them; empty for none. */
  static String agents(List<String> options) {
    Map<String, String> sockets = new LinkedHashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      String id = equals < 0 ? option : option.substring(0, equals);
      String socket = equals < 0 ? System.getenv("SSH_AUTH_SOCK") : option.substring(equals + 1);
      if (socket == null || socket.isEmpty()) {
        throw new UserError("--ssh " + option + ": SSH_AUTH_SOCK names no agent");
      }
      Path path = Path.of(socket).toAbsolutePath();
      if (Files.isRegularFile(path)) {
        throw new UserError("--ssh takes an agent's socket: add the key to an agent (ssh-add)");
      }
      sockets.put(id, path.toString());
    }
    return json(sockets);
  }

  /** {@code NAME=PATH}, {@code NAME=ADDRESS}, as the API takes them; empty for none. */
  static String contexts(List<String> options) {
    Map<String, String> contexts = new LinkedHashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      if (equals <= 0 || equals == option.length() - 1) {
        throw new UserError("--build-context is NAME=PATH or NAME=ADDRESS, not " + option);
      }
      String value = option.substring(equals + 1);
      boolean address = value.contains("://") || value.startsWith("github.com/");
      contexts.put(
          option.substring(0, equals),
          address ? value : Path.of(value).toAbsolutePath().normalize().toString());
    }
    return json(contexts);
  }

  private static String json(Map<String, String> values) {
    return values.isEmpty() ? "" : JsonMapper.shared().writeValueAsString(values);
  }
}
