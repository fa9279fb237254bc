package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.build.BuildAccess;
import dev.mokha.docker.buildkit.session.Session;
import dev.mokha.docker.buildkit.session.SessionAgents;
import dev.mokha.docker.buildkit.session.SessionCredentials;
import dev.mokha.docker.buildkit.session.SessionFiles;
import dev.mokha.docker.buildkit.session.SessionSecrets;
import dev.mokha.docker.buildkit.session.SessionUpload;
import dev.mokha.docker.buildkit.wire.Failure;
import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.docker.containers.StartErrors;
import dev.mokha.docker.http.Action;
import dev.mokha.docker.http.Request;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildContext;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.BuildRequest;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.build.context.FileNode;
import dev.mokha.engine.build.context.FileTree;
import dev.mokha.engine.build.context.IgnoreRules;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.git.GitAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * BuildKit's frontend {@code dockerfile.v0} over the engine's builder: fetches the Dockerfile and
 * what it ignores from the client, and has the rest fetched when a step needs it.
 */
final class DockerfileFrontend {
  /** What the frontends that can be asked for are called; images of the second are not run. */
  private static final Set<String> NAMES = Set.of("dockerfile.v0", "gateway.v0");

  private static final String NETWORK_ENTITLEMENT = "network.host";
  private static final String INSECURE_ENTITLEMENT = "security.insecure";

  private final Builder builder;
  private final BuildAccess access;
  private final Path scratch;

  /**
   * Over a builder.
   *
   * @param scratch for what clients send
   */
  DockerfileFrontend(Builder builder, BuildAccess access, Path scratch) {
    this.builder = builder;
    this.access = access;
    this.scratch = scratch;
  }

  /**
   * What is asked for.
   *
   * @param frontend its name
   * @param attributes what is said of it
   * @param inputs graphs that stand for results, by name
   * @param entitlements what of the host steps may have, as far as the caller may
   * @param results finds a result by its name
   */
  record Order(
      String frontend,
      Map<String, String> attributes,
      Map<String, Message> inputs,
      Set<String> entitlements,
      Function<String, Optional<Solved>> results) {}

  /**
   * Builds.
   *
   * @throws Failure when it can't, or the build fails
   */
  Solved solve(Order order, Solve solve, Request request) throws IOException, InterruptedException {
    FrontendAttributes attributes = checked(order, request);
    Vertices vertices = solve.vertices();
    Session session = solve.session();
    Definition definition = new Definition(attributes, session, vertices);
    BuildRequest.Builder wanted = BuildRequest.of(definition.context());
    attributes.into(wanted);
    wanted
        .contexts(named(order, attributes, session, vertices))
        .hostNetwork(
            allowed(order, NETWORK_ENTITLEMENT, Action.Power.HOST_NETWORK, request)
                || attributes.network().equals("host"))
        .insecure(allowed(order, INSECURE_ENTITLEMENT, Action.Power.PRIVILEGED, request))
        .secrets(new SessionSecrets(session))
        .agents(new SessionAgents(session))
        .credentials(new SessionCredentials(session));
    definition.text.ifPresent(wanted::dockerfileText);
    if (definition.text.isPresent()) {
      CheckResults.show(builder.check(definition.toCheck(attributes)), definition.vertex);
    }
    BuildProgress progress = new BuildProgress(vertices, definition.vertex);
    try {
      return Solved.of(builder.solve(wanted.build(), progress));
    } catch (BuildException e) {
      progress.abandon("context canceled");
      throw SolveFailure.of(
          e,
          attributes.file(),
          definition.text.orElseGet(() -> new byte[0]),
          e.line() > 0 ? e.line() : progress.failedLine());
    } catch (EngineException e) {
      progress.abandon("context canceled");
      throw SolveFailure.of(
          new BuildException(StartErrors.said(e), e),
          attributes.file(),
          definition.text.orElseGet(() -> new byte[0]),
          progress.failedLine());
    }
  }

  /** Whether an order is a question about the Dockerfile, and no build. */
  static boolean isQuestion(Order order) {
    return !order.attributes().getOrDefault("requestid", "").isEmpty();
  }

  /**
   * Answers a question about the Dockerfile.
   *
   * @return metadata of a result
   * @throws Failure when it can't
   */
  Map<String, byte[]> answer(Order order, Solve solve, Request request)
      throws IOException, InterruptedException {
    FrontendAttributes attributes = checked(order, request);
    Definition definition = new Definition(attributes, solve.session(), solve.vertices());
    byte[] text =
        definition.text.orElseThrow(
            () ->
                new Failure(
                    Failure.Code.UNIMPLEMENTED,
                    "questions are answered about Dockerfiles that the client has, not about"
                        + " those of "
                        + attributes.context()));
    if (attributes.request().equals(CheckResults.QUESTION)) {
      return CheckResults.answer(builder.check(definition.toCheck(attributes)));
    }
    try {
      return new Questions(text, attributes.file())
          .answer(attributes.request(), attributes.get("target"), attributes.arguments());
    } catch (BuildException e) {
      throw SolveFailure.of(e, attributes.file(), text, e.line());
    }
  }

  private FrontendAttributes checked(Order order, Request request) {
    if (!NAMES.contains(order.frontend())) {
      throw new Failure(
          Failure.Code.INVALID_ARGUMENT,
          "there is no frontend "
              + order.frontend()
              + " here: this builder reads Dockerfiles (dockerfile.v0)");
    }
    FrontendAttributes attributes = new FrontendAttributes(order.attributes());
    String source = attributes.get("source");
    if (order.frontend().equals("gateway.v0")
        && !source.replaceFirst("^docker\\.io/", "").startsWith("docker/dockerfile")) {
      throw new Failure(
          Failure.Code.INVALID_ARGUMENT,
          "the frontend image " + source + " is not run here: this builder reads Dockerfiles");
    }
    access.require(request, attributes.network(), attributes.get("cgroup-parent"));
    return attributes;
  }

  private static boolean allowed(
      Order order, String entitlement, Action.Power power, Request request) {
    return order.entitlements().contains(entitlement) && request.may(BuildAccess.with(power));
  }

  /** The contexts that have names of their own: {@code context:NAME=...}. */
  private Map<String, BuildContext> named(
      Order order, FrontendAttributes attributes, Session session, Vertices vertices) {
    Map<String, BuildContext> contexts = new LinkedHashMap<>();
    attributes
        .beginning("context:")
        .forEach(
            (name, where) -> {
              String plain = name.replaceFirst("::.*", ""); // of one platform
              contexts.put(plain, named(plain, where, order, session, vertices));
            });
    return contexts;
  }

  private BuildContext named(
      String name, String where, Order order, Session session, Vertices vertices) {
    int colon = where.indexOf(':');
    String rest = where.substring(colon + 1);
    return switch (colon < 0 ? "" : where.substring(0, colon)) {
      case "docker-image" -> new BuildContext.OfImage(rest.replaceFirst("^//", ""));
      case "local" -> new BuildContext.Files(lazy(name, rest, session, vertices));
      case "input" -> new BuildContext.OfImage(input(rest, order));
      case "http", "https", "git", "ssh" -> remote(where);
      default ->
          throw new Failure(
              Failure.Code.INVALID_ARGUMENT,
              "the context "
                  + name
                  + " can't be "
                  + where
                  + ": give a directory, an image, an"
                  + " address or a git repository");
    };
  }

  private static String input(String name, Order order) {
    Message definition = order.inputs().getOrDefault(name, Message.EMPTY);
    return Solved.named(definition)
        .flatMap(order.results())
        .map(solved -> solved.result().register(List.of()).id())
        .orElseThrow(DockerfileFrontend::graph);
  }

  /** What is said to who sends a graph of LLB. */
  static Failure graph() {
    return new Failure(
        Failure.Code.UNIMPLEMENTED,
        "this builder reads Dockerfiles and does not run graphs of LLB");
  }

  private static BuildContext remote(String address) {
    return GitAddress.isContext(address)
        ? new BuildContext.Git(address)
        : new BuildContext.Remote(uri(address));
  }

  private static URI uri(String address) {
    try {
      return URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new Failure(Failure.Code.INVALID_ARGUMENT, "invalid context " + address);
    }
  }

  private FileTree lazy(String shown, String directory, Session session, Vertices vertices) {
    return new LazyTree(
        () ->
            fetch(
                vertices.begin("[context " + shown + "] load from client"),
                shown,
                new SessionFiles.Wish(directory, List.of(), ignored(directory, session)),
                session));
  }

  /** A directory's own {@code .dockerignore}. */
  private List<String> ignored(String directory, Session session)
      throws IOException, InterruptedException {
    SessionFiles.Wish wish = new SessionFiles.Wish(directory, List.of(".dockerignore"), List.of());
    try (FileTree tree = new SessionFiles(session, scratch).fetch(wish, bytes -> {})) {
      return read(tree, ".dockerignore").map(DockerfileFrontend::patterns).orElse(List.of());
    }
  }

  private static List<String> patterns(byte[] file) {
    return IgnoreRules.parse(new String(file, StandardCharsets.UTF_8)).patterns();
  }

  private FileTree fetch(
      Vertices.Vertex vertex, String what, SessionFiles.Wish wish, Session session)
      throws IOException, InterruptedException {
    Instant since = Instant.now();
    long[] came = {0, 0};
    String item = "transferring " + what + ":";
    try {
      FileTree tree =
          new SessionFiles(session, scratch)
              .fetch(
                  wish,
                  bytes -> {
                    came[0] = bytes;
                    if (bytes - came[1] > (1 << 20)) { // not for each packet
                      came[1] = bytes;
                      vertex.moves(item, bytes, 0, since, false);
                    }
                  });
      vertex.moves(item, came[0], 0, since, true);
      vertex.end();
      return tree;
    } catch (IOException | RuntimeException e) {
      vertex.end(String.valueOf(e.getMessage()));
      throw e;
    }
  }

  private static Optional<byte[]> read(FileTree tree, String name) throws IOException {
    Optional<FileTree.Found> found = tree.find(name);
    if (found.isEmpty() || found.get().node().kind() != FileNode.Kind.FILE) {
      return Optional.empty();
    }
    try (InputStream in = found.get().node().open()) {
      return Optional.of(in.readNBytes(Dockerfile.MAX_BYTES + 1));
    }
  }

  /** The Dockerfile, and where its context is. */
  private final class Definition {
    private final FrontendAttributes attributes;
    private final Session session;
    private final Vertices vertices;
    private final Vertices.Vertex vertex;
    private Optional<byte[]> text = Optional.empty();
    private Optional<byte[]> ignore = Optional.empty();
    private final FileTree local = new LazyTree(this::fetchContext);

    Definition(FrontendAttributes attributes, Session session, Vertices vertices)
        throws IOException, InterruptedException {
      this.attributes = attributes;
      this.session = session;
      this.vertices = vertices;
      this.vertex = vertices.begin("[internal] load build definition from " + attributes.file());
      boolean local = attributes.context().isEmpty() || attributes.has("dockerfilekey");
      if (local) {
        fetch();
      } else {
        vertex.end();
      }
    }

    private void fetch() throws IOException, InterruptedException {
      String file = attributes.file();
      String lower = file.replaceFirst("Dockerfile$", "dockerfile");
      SessionFiles.Wish wish =
          new SessionFiles.Wish(
              attributes.fileDirectory(), List.of(file, file + ".dockerignore", lower), List.of());
      try (FileTree tree = DockerfileFrontend.this.fetch(vertex, "dockerfile", wish, session)) {
        text = read(tree, file).or(() -> unchecked(tree, lower));
        ignore = read(tree, file + ".dockerignore");
      }
      if (text.isEmpty()) {
        throw new Failure(
            Failure.Code.UNKNOWN,
            "failed to read dockerfile: open " + file + ": no such file or directory");
      }
    }

    private static Optional<byte[]> unchecked(FileTree tree, String name) {
      try {
        return read(tree, name);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /** The same to look at: its files are fetched if a rule asks for them, and stay open. */
    BuildRequest toCheck(FrontendAttributes attributes) {
      FileTree files = local;
      BuildRequest.Builder request = BuildRequest.of(new BuildContext.Files(() -> files.root()));
      attributes.into(request);
      return request.dockerfileText(text.orElseThrow()).build();
    }

    BuildContext context() {
      String where = attributes.context();
      if (where.isEmpty()) {
        return new BuildContext.Files(local);
      }
      if (attributes.has("contextsubdir")) {
        throw new Failure(
            Failure.Code.INVALID_ARGUMENT, "a context can't be a directory of " + where + " here");
      }
      if (where.toLowerCase(Locale.ROOT).startsWith("http://" + SessionUpload.HOST + "/")) {
        return new BuildContext.Tar(SessionUpload.open(session, uri(where)));
      }
      return remote(where);
    }

    private FileTree fetchContext() throws IOException, InterruptedException {
      List<String> not = ignore.isPresent() ? patterns(ignore.get()) : ignored("context", session);
      return DockerfileFrontend.this.fetch(
          vertices.begin("[internal] load build context"),
          "context",
          new SessionFiles.Wish("context", List.of(), not),
          session);
    }
  }
}
