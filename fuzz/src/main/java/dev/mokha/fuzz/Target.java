package dev.mokha.fuzz;

import dev.mokha.api.error.StatusException;
import dev.mokha.api.managedfields.ServerSideApply;
import dev.mokha.api.managedfields.Write;
import dev.mokha.api.object.Json;
import dev.mokha.api.patch.JsonPatch;
import dev.mokha.api.patch.MergePatch;
import dev.mokha.api.patch.StrategicMergePatch;
import dev.mokha.api.quantity.Quantity;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.CustomSchemas;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.selector.FieldSelector;
import dev.mokha.api.selector.LabelSelector;
import dev.mokha.api.validation.Validation;
import dev.mokha.api.wire.ProtobufCodec;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.build.BuildException;
import dev.mokha.engine.build.checks.BuildChecks;
import dev.mokha.engine.build.checks.CheckOptions;
import dev.mokha.engine.build.context.IgnoreRules;
import dev.mokha.engine.build.context.TarTree;
import dev.mokha.engine.build.context.TreeDigest;
import dev.mokha.engine.build.dockerfile.Dockerfile;
import dev.mokha.engine.build.dockerfile.Expansion;
import dev.mokha.engine.build.dockerfile.Instruction;
import dev.mokha.engine.build.git.GitAddress;
import dev.mokha.engine.content.Leases;
import dev.mokha.engine.content.Manifest;
import dev.mokha.engine.images.Reference;
import dev.mokha.engine.snapshots.Snapshots;
import dev.mokha.linux.DurableFiles;
import dev.mokha.linux.LinuxException;
import dev.mokha.registry.RegistryException;
import dev.mokha.registry.storage.ManifestDocument;
import dev.mokha.registry.storage.RepositoryName;
import dev.mokha.server.pipeline.Query;
import dev.mokha.server.pipeline.RequestTarget;
import dev.mokha.server.storage.ContinueToken;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Something that reads bytes of strangers. */
public enum Target {
  /** A pod as JSON: decoded, defaulted, validated. */
  JSON(Target::json, Seeds.POD),
  /** The same as YAML. */
  YAML(Target::yaml, Seeds.POD_YAML, Seeds.POD),
  /** The same as protobuf. */
  PROTOBUF(Target::protobuf, Seeds.podProtobuf()),
  /** A JSON patch (RFC 6902) of a pod. */
  JSON_PATCH(data -> JsonPatch.apply(Seeds.pod(), data), Seeds.JSON_PATCH),
  /** A merge patch (RFC 7386) of a pod. */
  MERGE_PATCH(data -> MergePatch.apply(Seeds.pod(), data), Seeds.MERGE_PATCH),
  /** A strategic merge patch of a pod. */
  STRATEGIC_PATCH(
      data -> StrategicMergePatch.apply(Seeds.pod(), data, pods()), Seeds.STRATEGIC_PATCH),
  /** A configuration that is applied to a pod. */
  APPLY(Target::apply, Seeds.POD_YAML),
  /** A label selector. */
  LABEL_SELECTOR(data -> LabelSelector.parse(text(data)), "a in (b,c),!d,e=f,g!=h,i,j notin (k)"),
  /** A field selector. */
  FIELD_SELECTOR(data -> FieldSelector.parse(text(data)), "spec.nodeName=a\\,b,status.phase!=c"),
  /** A quantity. */
  QUANTITY(Target::quantity, "12.5e3", "100m", "1Gi", "-0.000001n"),
  /** A request's path. */
  PATH(
      data -> RequestTarget.of(text(data)),
      "/api/v1/namespaces/a/pods/b/proxy/c%2Fd",
      "/apis/apps/v1/deployments"),
  /** A request's query. */
  QUERY(data -> Query.parse(text(data)), "watch=true&labelSelector=a%3Db&fieldSelector=%"),
  /** A continue token. */
  CONTINUE(data -> ContinueToken.decode(text(data)), new ContinueToken(7, "a/b").encode()),
  /** The schema of a custom resource, and an object of it. */
  CUSTOM_SCHEMA(Target::customSchema, Seeds.CUSTOM),
  /** A Dockerfile: read, and its words expanded. */
  DOCKERFILE(Target::dockerfile, Seeds.DOCKERFILE),
  /** A .dockerignore, and paths it is asked about. */
  DOCKERIGNORE(Target::dockerignore, "# x\n*/temp*\n**/[a-c]?.go\n!keep\\*\n"),
  /** A manifest that is pushed to the registry. */
  REGISTRY_MANIFEST(Target::registryManifest, Seeds.REGISTRY_MANIFEST),
  /** The name of a repository, and a tag or digest, as in the registry's paths. */
  REGISTRY_NAME(Target::registryName, "team/app-1.0__x:v1", "a/b@sha256:" + "0f".repeat(32)),
  /** The address of a git repository, as a build takes it. */
  GIT_ADDRESS(
      Target::gitAddress,
      "https://u:p@host:8443/team/app.git#ref:dir",
      "github.com/team/app",
      "https://h/a.git?branch=b&subdir=d%2Fe&checksum=0af&keep-git-dir=1&submodules=false"),
  /** The tar of a build's context. */
  BUILD_CONTEXT(Target::buildContext, Seeds.tar()),
  /** An image's name. */
  IMAGE_NAME(
      Target::imageName,
      "redis",
      "docker.io/another.example/app",
      "registry.example:5000/team/app_x--y:1.0-a@sha256:" + "0".repeat(64)),
  /** A manifest or an index of an image. */
  MANIFEST(Target::manifest, Seeds.MANIFEST, Seeds.INDEX),
  /** The tar of an image's layer, unpacked as root would. */
  LAYER(Target::layer, Seeds.tar(), Seeds.whiteouts());

  private static final GroupVersionKind POD = new GroupVersionKind("", "v1", "Pod");
  private static final int SERVER_ERROR = 500;

  private final Reader reader;
  private final List<byte[]> seeds;

  /** Reads the bytes, or throws what is right for them. */
  @FunctionalInterface
  private interface Reader {
    void read(byte[] data);
  }

  Target(Reader reader, byte[]... seeds) {
    this.reader = reader;
    this.seeds = List.of(seeds);
  }

  Target(Reader reader, String... seeds) {
    this.reader = reader;
    this.seeds = List.of(seeds).stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();
  }

  /** Good inputs to begin with. */
  public List<byte[]> seeds() {
    return seeds;
  }

  /**
   * Feeds it once.
   *
   * @throws RuntimeException when bad input gets anything but an answer that blames the client
   */
  public void feed(byte[] data) {
    try {
      reader.read(data);
    } catch (StatusException e) {
      if (e.code() >= SERVER_ERROR) {
        throw e;
      }
    } catch (IllegalArgumentException e) {
      if (!saysSo()) {
        throw e;
      }
    }
  }

  /** True for those whose documented answer to bad input is an IllegalArgumentException. */
  private boolean saysSo() {
    return switch (this) {
      case LABEL_SELECTOR, FIELD_SELECTOR, QUANTITY -> true;
      default -> false;
    };
  }

  private static void registryManifest(byte[] data) {
    try {
      ManifestDocument unused = ManifestDocument.parse(data, "");
    } catch (RegistryException e) {
      requireBlamed(e);
    }
  }

  private static void registryName(byte[] data) {
    String text = text(data);
    int end = text.indexOf('@') >= 0 ? text.indexOf('@') : Math.max(0, text.lastIndexOf(':'));
    try {
      Path root = Path.of("/repositories");
      Path path = root.resolve(RepositoryName.parse(text.substring(0, end)).value());
      if (!path.normalize().equals(path) || !path.startsWith(root)) {
        throw new IllegalStateException("a name leads elsewhere: " + path);
      }
      var unused =
          dev.mokha.registry.storage.Reference.parse(
              text.substring(Math.min(text.length(), end + 1)));
    } catch (RegistryException e) {
      requireBlamed(e);
    }
  }

  private static void requireBlamed(RegistryException e) {
    if (e.status() >= SERVER_ERROR) {
      throw e;
    }
  }

  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }

  private static void dockerfile(byte[] data) {
    try {
      Dockerfile file = Dockerfile.parse(data, "Dockerfile");
      for (Dockerfile.Stage stage : file.stages()) {
        Expansion.words(stage.from().image(), file.escape(), name -> "v");
        for (Instruction instruction : stage.instructions()) {
          Expansion.word(instruction.source().text(), file.escape(), name -> null);
        }
      }
      BuildChecks.Facts facts =
          new BuildChecks.Facts("", Map.of(), name -> Optional.of(Set.of("A")), path -> false);
      new BuildChecks(file, facts).run(CheckOptions.parse(file.remarks().check()));
    } catch (BuildException e) {
      // With Docker's text, that is the right answer.
    }
  }

  private static void gitAddress(byte[] data) {
    String text = text(data);
    try {
      GitAddress address = GitAddress.parse(text);
      if (!Set.of("https", "http", "git").contains(address.remote().getScheme())) {
        throw new IllegalStateException("fetched from " + address.remote());
      }
      String login = address.login();
      if (login.length() > 8 && address.toString().contains(login) && !again(text, login)) {
        throw new IllegalStateException("a login is shown: " + address);
      }
    } catch (BuildException e) {
      // It is refused.
    }
  }

  /** Whether a text has another more than once. */
  private static boolean again(String text, String part) {
    return text.indexOf(part) != text.lastIndexOf(part);
  }

  private static void dockerignore(byte[] data) {
    try {
      IgnoreRules rules = IgnoreRules.parse(text(data));
      rules.ignores("a/b/temp.go");
      rules.ignores("keep*");
    } catch (BuildException e) {
      // A malformed pattern is named.
    }
  }

  private static void buildContext(byte[] data) {
    Path directory = Path.of(System.getProperty("java.io.tmpdir"));
    try (TarTree tree = TarTree.read(new ByteArrayInputStream(data), directory)) {
      tree.find("a/../link/x");
      new TreeDigest(true).add("", tree.root());
    } catch (BuildException | IOException e) {
      // It is refused; of what it named, nothing became a file.
    }
  }

  private static void imageName(byte[] data) {
    try {
      Reference name = Reference.parse(text(data));
      if (!Reference.parse(name.toString()).equals(name)) {
        throw new IllegalStateException(name + " is not read as it is written");
      }
      if (!Reference.parse(Reference.familiar(name.toString())).equals(name)) {
        throw new IllegalStateException(name + " has no familiar form");
      }
    } catch (EngineException e) {
      blames(e);
    }
  }

  private static void manifest(byte[] data) {
    try {
      if (Manifest.parse(data, "") instanceof Manifest.Index index) {
        index.forThisMachine();
        index.select("linux/arm/v7");
      }
    } catch (EngineException e) {
      blames(e);
    }
  }

  private static void layer(byte[] data) {
    Path directory = null;
    try {
      directory = Files.createTempDirectory("mokha-fuzz-layer");
      try (Leases.Lease lease = new Leases().take()) {
        new Snapshots(directory).layers().adopt(new ByteArrayInputStream(data), List.of(), lease);
      }
    } catch (EngineException e) {
      blames(e);
    } catch (IOException | LinuxException e) {
      // A file system may refuse a name or a kind of file, and so may the kernel one who is not
      // root.
    } finally {
      delete(directory);
    }
  }

  private static void delete(Path directory) {
    try {
      if (directory != null) {
        DurableFiles.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What strangers send may be refused, but is no fault of the engine. */
  private static void blames(EngineException e) {
    if (e.code() == EngineException.Code.INTERNAL || e.code() == EngineException.Code.RUNTIME) {
      throw e;
    }
  }

  private static ObjectSchema pods() {
    return BuiltinSchemas.get().byKind(POD).orElseThrow();
  }

  private static void judge(ObjectNode tree) {
    Defaulting.apply(tree, pods());
    Validation.forKind(POD).validateCreate(tree);
    Validation.forKind(POD).validateUpdate(tree, Seeds.pod());
  }

  private static void json(byte[] data) {
    judge(ObjectDecoder.json(data, POD, pods()).tree());
  }

  private static void yaml(byte[] data) {
    judge(ObjectDecoder.yaml(data, POD, pods()).tree());
  }

  private static void protobuf(byte[] data) {
    judge(ProtobufCodec.read(data, POD, pods()).tree());
  }

  private static void apply(byte[] data) {
    ObjectNode config = ObjectDecoder.yaml(data, POD, pods()).tree();
    Write write = new Write("fuzz", "v1", "", Instant.EPOCH, Set.of("status"));
    ServerSideApply.apply(Seeds.pod(), config, pods(), write, true);
  }

  private static void quantity(byte[] data) {
    Quantity q = Quantity.parse(text(data));
    if (q.compareTo(Quantity.parse(q.toString())) != 0) {
      throw new IllegalStateException("not the same when read again: " + q);
    }
  }

  private static void customSchema(byte[] data) {
    ObjectNode both;
    try {
      both = Json.parseObject(data);
    } catch (RuntimeException e) {
      return; // Reading JSON is another target's matter.
    }
    if (both.get("schema") instanceof ObjectNode openApi
        && both.get("object") instanceof ObjectNode object) {
      ObjectSchema schema = CustomSchemas.of(openApi);
      GroupVersionKind kind = new GroupVersionKind("fuzz.example.com", "v1", "Fuzz");
      object.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
      Defaulting.apply(ObjectDecoder.tree(object, kind, schema).tree(), schema);
    }
  }
}
