package dev.mokha.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.mokha.api.error.StatusException;
import dev.mokha.api.object.Json;
import dev.mokha.api.resource.BuiltinResources;
import dev.mokha.api.resource.GroupVersionKind;
import dev.mokha.api.resource.ResourceType;
import dev.mokha.api.schema.BuiltinSchemas;
import dev.mokha.api.schema.Field;
import dev.mokha.api.schema.ObjectSchema;
import dev.mokha.api.schema.RandomTrees;
import io.kubernetes.client.proto.IntStr;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Resource;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Admissionregistration;
import io.kubernetes.client.proto.V1Apiextensions;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Resource;
import io.kubernetes.client.proto.V2Autoscaling;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ProtobufCodecTest {
  private static final List<ResourceType> TYPES = BuiltinResources.get().all();
  private static final Map<String, Descriptor> MESSAGES = messages();

  @Property(tries = 400)
  void whatIsEncodedIsDecodedTheSame(@ForAll long seed, @ForAll @IntRange(max = 200) int which) {
    GroupVersionKind kind = TYPES.get(which % TYPES.size()).gvk();
    ObjectSchema schema = BuiltinSchemas.get().byKind(kind).orElseThrow();
    ObjectNode tree = new RandomTrees(seed).object(schema, 0);
    tree.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
    ProtobufCodec.Decoded decoded = ProtobufCodec.decode(ProtobufCodec.encode(tree).orElseThrow());
    assertThat(decoded.kind()).isEqualTo(kind);
    assertThat(decoded.tree()).isEqualTo(tree);
  }

  /** A message of one list of strings is still a message where JSON has an object. */
  @Test
  void aNamespaceIsReadAsTheDescriptorHasIt() throws Exception {
    ObjectNode tree =
        Json.parseObject(
            """
            {"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"},
             "spec":{"finalizers":["kubernetes","example.com/b"]},"status":{"phase":"Active"}}
            """
                .getBytes(StandardCharsets.UTF_8));
    byte[] bytes = ProtobufCodec.encode(tree).orElseThrow();
    int start = ProtobufCodec.messageStart(bytes);
    V1.Namespace read =
        V1.Namespace.parseFrom(ByteString.copyFrom(bytes, start, bytes.length - start));
    assertThat(read.getSpec().getFinalizersList()).containsExactly("kubernetes", "example.com/b");
    assertThat(ProtobufCodec.decode(bytes).tree()).isEqualTo(tree);
  }

  @Property(tries = 200)
  void aListInPiecesIsTheListInOne(
      @ForAll long seed, @ForAll @IntRange(max = 200) int which, @ForAll @IntRange(max = 3) int n) {
    GroupVersionKind kind = TYPES.get(which % TYPES.size()).gvk();
    GroupVersionKind listKind =
        new GroupVersionKind(kind.group(), kind.version(), kind.kind() + "List");
    ObjectSchema schema = BuiltinSchemas.get().byKind(kind).orElseThrow();
    if (BuiltinSchemas.get().byKind(listKind).isEmpty()) {
      return; // Of what is answered and not stored there are no lists.
    }
    ObjectNode list = Json.MAPPER.createObjectNode();
    list.put("kind", listKind.kind()).put("apiVersion", listKind.apiVersion());
    list.putObject("metadata").put("resourceVersion", "7").put("continue", "x".repeat(130));
    ByteArrayOutputStream elements = new ByteArrayOutputStream();
    ObjectNode whole = list.deepCopy();
    ArrayNode items = whole.putArray("items");
    RandomTrees random = new RandomTrees(seed);
    for (int i = 0; i < n; i++) {
      ObjectNode tree = random.object(schema, 0);
      tree.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
      byte[] enveloped = ProtobufCodec.encode(tree).orElseThrow();
      int start = ProtobufCodec.messageStart(enveloped);
      int length = enveloped.length - start;
      byte[] head = ProtobufCodec.elementHead(length);
      assertThat(ProtobufCodec.elementLength(length)).isEqualTo(head.length + length);
      elements.writeBytes(head);
      elements.write(enveloped, start, length);
      items.add(tree);
    }
    byte[] head = ProtobufCodec.listHead(list, elements.size());
    byte[] pieces = Arrays.copyOf(head, head.length + elements.size());
    System.arraycopy(elements.toByteArray(), 0, pieces, head.length, elements.size());
    assertThat(ProtobufCodec.decode(pieces).tree())
        .isEqualTo(ProtobufCodec.decode(ProtobufCodec.encode(whole).orElseThrow()).tree());
  }

  @Property(tries = 200)
  void theGeneratedMessagesKnowEveryField(@ForAll long seed, @ForAll @IntRange(max = 200) int which)
      throws InvalidProtocolBufferException {
    GroupVersionKind kind = TYPES.get(which % TYPES.size()).gvk();
    ObjectSchema schema = BuiltinSchemas.get().byKind(kind).orElseThrow();
    Descriptor descriptor = MESSAGES.get(messageName(schema));
    if (descriptor == null) {
      return;
    }
    ObjectNode tree = new RandomTrees(seed).object(schema, 0);
    byte[] bytes = ProtobufCodec.message(tree, schema);
    DynamicMessage message = DynamicMessage.parseFrom(descriptor, bytes);
    assertNothingUnknown(message);
    assertThat(ProtobufCodec.decodeMessage(message.toByteArray(), schema)).isEqualTo(tree);
  }

  private static void assertNothingUnknown(Message message) {
    assertThat(message.getUnknownFields().asMap())
        .as(message.getDescriptorForType().getFullName())
        .isEmpty();
    for (Map.Entry<FieldDescriptor, Object> e : message.getAllFields().entrySet()) {
      List<?> values = e.getValue() instanceof List<?> list ? list : List.of(e.getValue());
      for (Object value : values) {
        if (value instanceof Message inner) {
          assertNothingUnknown(inner);
        }
      }
    }
  }

  @Test
  void everyFieldButTheKindsOwnHasANumber() {
    BuiltinSchemas schemas = BuiltinSchemas.get();
    for (String name : schemas.definitions()) {
      if (schemas.byName(name).orElseThrow() instanceof ObjectSchema object
          && !name.equals("io.k8s.apimachinery.pkg.version.Info")) {
        assertThat(object.fields())
            .filteredOn(f -> f.traits().protobuf().isEmpty())
            .extracting(Field::name)
            .as(name)
            .isSubsetOf("apiVersion", "kind");
      }
    }
  }

  @Test
  void aPodOfTheGeneratedClassesIsReadAndWritten() throws Exception {
    V1.Pod pod =
        V1.Pod.newBuilder()
            .setMetadata(
                Meta.ObjectMeta.newBuilder()
                    .setName("web")
                    .setGenerateName("")
                    .putLabels("a", "b")
                    .setCreationTimestamp(Meta.Time.newBuilder().setSeconds(1_700_000_000L)))
            .setSpec(
                V1.PodSpec.newBuilder()
                    .setHostNetwork(false)
                    .setAutomountServiceAccountToken(false)
                    .addVolumes(
                        V1.Volume.newBuilder()
                            .setName("v")
                            .setVolumeSource(
                                V1.VolumeSource.newBuilder()
                                    .setEmptyDir(V1.EmptyDirVolumeSource.newBuilder())))
                    .addContainers(
                        V1.Container.newBuilder()
                            .setName("c")
                            .setLivenessProbe(
                                V1.Probe.newBuilder()
                                    .setPeriodSeconds(5)
                                    .setHandler(
                                        V1.ProbeHandler.newBuilder()
                                            .setHttpGet(
                                                V1.HTTPGetAction.newBuilder()
                                                    .setPort(
                                                        IntStr.IntOrString.newBuilder()
                                                            .setType(1)
                                                            .setStrVal("http")))))
                            .setResources(
                                V1.ResourceRequirements.newBuilder()
                                    .putLimits(
                                        "cpu",
                                        Resource.Quantity.newBuilder().setString("500m").build()))))
            .build();
    byte[] envelope =
        Runtime.Unknown.newBuilder()
            .setTypeMeta(Runtime.TypeMeta.newBuilder().setApiVersion("v1").setKind("Pod"))
            .setRaw(ByteString.copyFrom(pod.toByteArray()))
            .build()
            .toByteArray();
    byte[] body = new byte[envelope.length + 4];
    System.arraycopy("k8s\0".getBytes(StandardCharsets.ISO_8859_1), 0, body, 0, 4);
    System.arraycopy(envelope, 0, body, 4, envelope.length);

    ObjectNode tree = ProtobufCodec.decode(body).tree();
    assertThat(tree)
        .isEqualTo(
            Json.parseObject(
                """
                {"apiVersion":"v1","kind":"Pod",
                 "metadata":{"name":"web","labels":{"a":"b"},
                             "creationTimestamp":"2023-11-14T22:13:20Z"},
                 "spec":{"automountServiceAccountToken":false,
                   "volumes":[{"name":"v","emptyDir":{}}],
                   "containers":[{"name":"c","resources":{"limits":{"cpu":"500m"}},
                     "livenessProbe":{"periodSeconds":5,"httpGet":{"port":"http"}}}]}}
                """
                    .getBytes(StandardCharsets.UTF_8)));

    byte[] ours = ProtobufCodec.encode(tree).orElseThrow();
    Runtime.Unknown unknown = Runtime.Unknown.parseFrom(Arrays.copyOfRange(ours, 4, ours.length));
    assertThat(unknown.getTypeMeta().getKind()).isEqualTo("Pod");
    V1.Pod again = V1.Pod.parseFrom(unknown.getRaw());
    assertThat(again.getSpec().getContainers(0).getLivenessProbe().getHandler().getHttpGet())
        .isEqualTo(
            pod.getSpec().getContainers(0).getLivenessProbe().getHandler().getHttpGet().toBuilder()
                .setPort(IntStr.IntOrString.newBuilder().setType(1).setIntVal(0).setStrVal("http"))
                .build());
    assertThat(again.getSpec().getVolumes(0)).isEqualTo(pod.getSpec().getVolumes(0));
  }

  @Test
  void damagedBytesAreRefused() {
    ObjectNode tree =
        Json.parseObject(
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{\"a\":\"b\"}}"
                .getBytes(StandardCharsets.UTF_8));
    byte[] good = ProtobufCodec.encode(tree).orElseThrow();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> assertThat(ProtobufCodec.decode(cut).tree()).isEqualTo(tree))
          .as("cut to %s bytes", length)
          .isInstanceOfAny(IllegalArgumentException.class, AssertionError.class);
    }
    assertThat(ProtobufCodec.decode(good).tree()).isEqualTo(tree);
    assertThat(
            ProtobufCodec.encode(
                Json.parseObject(
                    "{\"apiVersion\":\"a.b/v1\",\"kind\":\"C\"}".getBytes(StandardCharsets.UTF_8))))
        .isEmpty();
  }

  @Test
  void aBodyIsReadAndCheckedLikeJson() {
    GroupVersionKind kind = new GroupVersionKind("", "v1", "ConfigMap");
    ObjectSchema schema = BuiltinSchemas.get().byKind(kind).orElseThrow();
    ObjectNode tree = new RandomTrees(7).object(schema, 0);
    tree.put("apiVersion", "v1").put("kind", "ConfigMap");
    byte[] body = ProtobufCodec.encode(tree).orElseThrow();
    assertThat(ProtobufCodec.read(body, kind, schema).tree()).isEqualTo(tree);
    assertThatThrownBy(() -> ProtobufCodec.read(new byte[] {1}, kind, schema))
        .isInstanceOfSatisfying(StatusException.class, e -> assertThat(e.code()).isEqualTo(400));
  }

  @Test
  void watchEventHasItsLengthBeforeIt() throws Exception {
    byte[] frame = ProtobufCodec.watchEvent("ADDED", new byte[] {1, 2, 3});
    assertThat(frame[3]).isEqualTo((byte) (frame.length - 4));
    Meta.WatchEvent event = Meta.WatchEvent.parseFrom(Arrays.copyOfRange(frame, 4, frame.length));
    assertThat(event.getType()).isEqualTo("ADDED");
    assertThat(event.getObject().getRaw().toByteArray()).containsExactly(1, 2, 3);
  }

  private static String messageName(ObjectSchema schema) {
    return schema.name().replaceFirst("^io\\.k8s\\.", "k8s.io.").replace('-', '_');
  }

  private static Map<String, Descriptor> messages() {
    Map<String, Descriptor> messages = new HashMap<>();
    for (FileDescriptor file :
        List.of(
            V1.getDescriptor(),
            V1Admissionregistration.getDescriptor(),
            V1Apiextensions.getDescriptor(),
            V1Apps.getDescriptor(),
            V1Batch.getDescriptor(),
            V1Networking.getDescriptor(),
            V1Resource.getDescriptor(),
            V2Autoscaling.getDescriptor())) {
      file.getMessageTypes().forEach(m -> messages.put(m.getFullName(), m));
    }
    return messages;
  }
}
