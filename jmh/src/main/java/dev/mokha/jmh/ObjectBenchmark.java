package dev.mokha.jmh;

import dev.mokha.api.managedfields.ManagedFields;
import dev.mokha.api.managedfields.ServerSideApply;
import dev.mokha.api.managedfields.Write;
import dev.mokha.api.object.Json;
import dev.mokha.api.object.KubeObject;
import dev.mokha.api.patch.StrategicMergePatch;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.Defaulting;
import dev.mokha.api.schema.ObjectDecoder;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.validation.Validation;
import dev.mokha.api.wire.ProtobufCodec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import tools.jackson.databind.node.ObjectNode;

/** What is done to one pod on its way: decode, default, validate, apply, encode. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ObjectBenchmark {
  private static final GroupVersionKind POD = new GroupVersionKind("", "v1", "Pod");
  private static final byte[] PATCH =
      "{\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"nginx:1.28\"}]}}"
          .getBytes(StandardCharsets.UTF_8);

  private final ObjectSchema schema = BuiltinSchemas.get().byKind(POD).orElseThrow();
  private final Write write = write("bench");
  private final Write applier = write("applier");
  private final byte[] json = Samples.pod("web");
  private ObjectNode sent;
  private ObjectNode complete;
  private ObjectNode applied;
  private byte[] protobuf;
  private KubeObject object;

  private static Write write(String manager) {
    return new Write(manager, "v1", "", Instant.parse("2026-01-01T00:00:00Z"), Set.of("status"));
  }

  /** Makes the pod as it is at each station of its way. */
  @Setup
  public void prepare() {
    sent = ObjectDecoder.json(json, POD, schema).tree();
    complete = sent.deepCopy();
    Defaulting.apply(complete, schema);
    ManagedFields.track(null, complete, schema, write);
    applied = ServerSideApply.apply(null, sent.deepCopy(), schema, applier, false);
    protobuf = ProtobufCodec.encode(complete).orElseThrow();
    object = KubeObject.of(complete);
  }

  /** JSON into a checked tree. */
  @Benchmark
  public ObjectNode decodeJson() {
    return ObjectDecoder.json(json, POD, schema).tree();
  }

  /** Protobuf into a checked tree. */
  @Benchmark
  public ObjectNode decodeProtobuf() {
    return ProtobufCodec.read(protobuf, POD, schema).tree();
  }

  /** Copies the tree and fills in the defaults. */
  @Benchmark
  public ObjectNode setDefaults() {
    ObjectNode tree = sent.deepCopy();
    Defaulting.apply(tree, schema);
    return tree;
  }

  /** All rules of pods. */
  @Benchmark
  public List<?> validate() {
    return Validation.forKind(POD).validateCreate(complete);
  }

  /** Copies the tree and writes down who owns its fields. */
  @Benchmark
  public ObjectNode trackManager() {
    ObjectNode tree = complete.deepCopy();
    tree.withObject("/metadata").remove("managedFields");
    ManagedFields.track(null, tree, schema, write);
    return tree;
  }

  /** Server-side apply of what was applied before, by the same manager. */
  @Benchmark
  public ObjectNode apply() {
    return ServerSideApply.apply(applied, sent, schema, applier, false);
  }

  /** A strategic merge patch of one container. */
  @Benchmark
  public ObjectNode patch() {
    return StrategicMergePatch.apply(complete, PATCH, schema);
  }

  /** A tree into JSON. */
  @Benchmark
  public byte[] encodeJson() {
    return Json.bytes(complete);
  }

  /** A tree into protobuf. */
  @Benchmark
  public byte[] encodeProtobuf() {
    return ProtobufCodec.encode(complete).orElseThrow();
  }

  /** The revision that a commit gave, into the kept bytes. */
  @Benchmark
  public KubeObject spliceRevision() {
    return object.withResourceVersion("123456");
  }
}
