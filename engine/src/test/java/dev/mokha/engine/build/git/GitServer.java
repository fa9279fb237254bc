package dev.mokha.engine.build.git;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.lib.TreeFormatter;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.RefAdvertiser.PacketLineOutRefAdvertiser;
import org.eclipse.jgit.transport.UploadPack;

/** Repositories over smart HTTP, on a port of loopback. */
public final class GitServer implements AutoCloseable {
  private static final PersonIdent AUTHOR =
      new PersonIdent("A", "a@example", 1_700_000_000_000L, 0);

  private final Path directory;
  private final HttpServer http;
  private final Map<String, Repository> repositories = new TreeMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile String login = "";
  private volatile String redirection = "";
  private volatile boolean stalls;

  /** Below a directory. */
  public GitServer(Path directory) throws IOException {
    IsolatedSystem.install();
    this.directory = directory;
    this.http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::answer);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
  }

  /** A file of a commit: its mode, and its text or the id it links to. */
  public record Entry(FileMode mode, String content) {}

  /** A file. */
  public static Entry file(String text) {
    return new Entry(FileMode.REGULAR_FILE, text);
  }

  /** A program. */
  public static Entry program(String text) {
    return new Entry(FileMode.EXECUTABLE_FILE, text);
  }

  /** A link. */
  public static Entry link(String target) {
    return new Entry(FileMode.SYMLINK, target);
  }

  /** A submodule. */
  public static Entry submodule(String commit) {
    return new Entry(FileMode.GITLINK, commit);
  }

  /** Address of a repository. */
  public String address(String name) {
    return "http://127.0.0.1:" + http.getAddress().getPort() + "/" + name + ".git";
  }

  /** Wants a user and password, {@code user:password}. */
  void requireLogin(String userAndPassword) {
    login = userAndPassword;
  }

  /** Sends every request to another server. */
  void redirectTo(String base) {
    redirection = base;
  }

  /** Answers nothing any more. */
  void stall() {
    stalls = true;
  }

  /** How many fetches there were. */
  public long fetches() {
    return requests.stream().filter(text -> text.contains("want ")).count();
  }

  /** How many requests there were. */
  int requests() {
    return requests.size();
  }

  private Repository repository(String name) throws IOException {
    Repository known = repositories.get(name);
    if (known == null) {
      FileRepository made =
          new FileRepository(Files.createDirectories(directory.resolve(name)).toFile());
      made.create(true);
      made.updateRef(Constants.HEAD).link("refs/heads/main");
      known = made;
      repositories.put(name, known);
    }
    return known;
  }

  /** Commits files to a branch; what it had before is gone from the new commit. */
  public String commit(String name, String ref, Map<String, Entry> files) throws IOException {
    Repository repository = repository(name);
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      CommitBuilder commit = new CommitBuilder();
      commit.setTreeId(tree(inserter, new TreeMap<>(files), ""));
      ObjectId before = repository.resolve(ref);
      if (before != null) {
        commit.setParentId(before);
      }
      commit.setAuthor(AUTHOR);
      commit.setCommitter(AUTHOR);
      commit.setMessage("files " + files.keySet());
      ObjectId id = inserter.insert(commit);
      inserter.flush();
      update(repository, ref, id);
      return id.name();
    }
  }

  /** An annotated tag. */
  String tag(String name, String tag, String commit) throws IOException {
    Repository repository = repository(name);
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      TagBuilder builder = new TagBuilder();
      builder.setTag(tag);
      builder.setTagger(AUTHOR);
      builder.setMessage("tagged");
      builder.setObjectId(ObjectId.fromString(commit), Constants.OBJ_COMMIT);
      ObjectId id = inserter.insert(builder);
      inserter.flush();
      update(repository, "refs/tags/" + tag, id);
      return id.name();
    }
  }

  private static void update(Repository repository, String ref, ObjectId id) throws IOException {
    RefUpdate update = repository.updateRef(ref);
    update.setNewObjectId(id);
    update.disableRefLog();
    update.forceUpdate();
  }

  private static ObjectId tree(ObjectInserter inserter, TreeMap<String, Entry> files, String path)
      throws IOException {
    // Git's order: a directory as if its name ended with a slash.
    TreeMap<String, ObjectId> directories = new TreeMap<>();
    TreeMap<String, Entry> here = new TreeMap<>();
    for (Map.Entry<String, Entry> file : files.entrySet()) {
      if (!file.getKey().startsWith(path)) {
        continue;
      }
      String rest = file.getKey().substring(path.length());
      int slash = rest.indexOf('/');
      if (slash < 0) {
        here.put(rest, file.getValue());
      } else if (!directories.containsKey(rest.substring(0, slash) + "/")) {
        String name = rest.substring(0, slash) + "/";
        directories.put(name, tree(inserter, files, path + name));
      }
    }
    TreeMap<String, Runnable> ordered = new TreeMap<>();
    TreeFormatter formatter = new TreeFormatter();
    for (Map.Entry<String, Entry> file : here.entrySet()) {
      Entry entry = file.getValue();
      ObjectId id =
          entry.mode() == FileMode.GITLINK
              ? ObjectId.fromString(entry.content())
              : inserter.insert(
                  Constants.OBJ_BLOB, entry.content().getBytes(StandardCharsets.ISO_8859_1));
      byte[] name = file.getKey().getBytes(StandardCharsets.UTF_8);
      ordered.put(
          file.getKey(), () -> formatter.append(name, 0, name.length, entry.mode(), id, true));
    }
    directories.forEach(
        (slashed, id) -> {
          byte[] name = slashed.substring(0, slashed.length() - 1).getBytes(StandardCharsets.UTF_8);
          ordered.put(
              slashed, () -> formatter.append(name, 0, name.length, FileMode.TREE, id, true));
        });
    ordered.values().forEach(Runnable::run);
    return inserter.insert(formatter);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (stalls) {
        Thread.sleep(60_000);
      }
      if (!redirection.isEmpty()) {
        exchange.getResponseHeaders().set("Location", redirection + exchange.getRequestURI());
        exchange.sendResponseHeaders(302, -1);
        return;
      }
      String wanted =
          "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
      if (!login.isEmpty()
          && !wanted.equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      serve(exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    int end = path.indexOf(".git/");
    Repository repository = end < 0 ? null : repositories.get(path.substring(1, end));
    if (repository == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    InputStream body = exchange.getRequestBody();
    if ("gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))) {
      body = new GZIPInputStream(body);
    }
    byte[] request = body.readAllBytes();
    requests.add(path + "\n" + new String(request, StandardCharsets.ISO_8859_1));
    UploadPack upload = new UploadPack(repository);
    upload.setBiDirectionalPipe(false);
    upload.setRequestPolicy(UploadPack.RequestPolicy.REACHABLE_COMMIT);
    String protocol = exchange.getRequestHeaders().getFirst("Git-Protocol");
    if (protocol != null) {
      upload.setExtraParameters(List.of(protocol.split(":")));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean refs = path.endsWith("/info/refs");
    if (refs) {
      PacketLineOut lines = new PacketLineOut(out);
      if (protocol == null || !protocol.contains("version=2")) {
        lines.writeString("# service=git-upload-pack\n");
        lines.end();
      }
      upload.sendAdvertisedRefs(new PacketLineOutRefAdvertiser(lines), "git-upload-pack");
    } else {
      upload.upload(new ByteArrayInputStream(request), out, OutputStream.nullOutputStream());
    }
    exchange
        .getResponseHeaders()
        .set(
            "Content-Type", "application/x-git-upload-pack-" + (refs ? "advertisement" : "result"));
    exchange.sendResponseHeaders(200, out.size() == 0 ? -1 : out.size());
    out.writeTo(exchange.getResponseBody());
  }

  @Override
  public void close() {
    http.stop(0);
    repositories.values().forEach(Repository::close);
  }
}
