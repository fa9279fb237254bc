package dev.mokha.schemagen;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.kubernetes.client.proto.IntStr;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Resource;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Admissionregistration;
import io.kubernetes.client.proto.V1Apiextensions;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Authentication;
import io.kubernetes.client.proto.V1Authorization;
import io.kubernetes.client.proto.V1Autoscaling;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Certificates;
import io.kubernetes.client.proto.V1Coordination;
import io.kubernetes.client.proto.V1Discovery;
import io.kubernetes.client.proto.V1Events;
import io.kubernetes.client.proto.V1Flowcontrol;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Node;
import io.kubernetes.client.proto.V1Policy;
import io.kubernetes.client.proto.V1Rbac;
import io.kubernetes.client.proto.V1Resource;
import io.kubernetes.client.proto.V1Scheduling;
import io.kubernetes.client.proto.V1Storage;
import io.kubernetes.client.proto.V2Autoscaling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The field numbers in the descriptors of client-java-proto. */
final class ProtobufNumbers {
  private static final List<FileDescriptor> FILES =
      List.of(
          IntStr.getDescriptor(),
          Meta.getDescriptor(),
          Resource.getDescriptor(),
          Runtime.getDescriptor(),
          V1.getDescriptor(),
          V1Admissionregistration.getDescriptor(),
          V1Apiextensions.getDescriptor(),
          V1Apps.getDescriptor(),
          V1Authentication.getDescriptor(),
          V1Authorization.getDescriptor(),
          V1Autoscaling.getDescriptor(),
          V1Batch.getDescriptor(),
          V1Certificates.getDescriptor(),
          V1Coordination.getDescriptor(),
          V1Discovery.getDescriptor(),
          V1Events.getDescriptor(),
          V1Flowcontrol.getDescriptor(),
          V1Networking.getDescriptor(),
          V1Node.getDescriptor(),
          V1Policy.getDescriptor(),
          V1Rbac.getDescriptor(),
          V1Resource.getDescriptor(),
          V1Scheduling.getDescriptor(),
          V1Storage.getDescriptor(),
          V2Autoscaling.getDescriptor());

  private final Map<String, Descriptor> messages = new HashMap<>();
  private final Facts facts;

  ProtobufNumbers(Facts facts) {
    this.facts = facts;
    for (FileDescriptor file : FILES) {
      file.getMessageTypes().forEach(m -> messages.put(m.getFullName(), m));
    }
  }

  /** The numbers of each field that has any; more than one where JSON writes a message in line. */
  Map<String, List<Integer>> of(String definition, Set<String> fields) {
    Map<String, List<Integer>> numbers = new HashMap<>();
    Descriptor message =
        messages.get(definition.replaceFirst("^io\\.k8s\\.", "k8s.io.").replace('-', '_'));
    if (message != null) {
      Map<String, String> open = new HashMap<>();
      fields.forEach(f -> open.put(plain(f), f));
      number(message, List.of(), open, numbers);
    }
    numbers.putAll(facts.protobuf(definition));
    return numbers;
  }

  /** Takes what this message has, then looks into the parts that JSON has no field for. */
  private static void number(
      Descriptor message,
      List<Integer> outer,
      Map<String, String> open,
      Map<String, List<Integer>> numbers) {
    List<FieldDescriptor> inline = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (FieldDescriptor field : message.getFields()) {
      String name = plain(field.getName());
      List<Integer> path = new ArrayList<>(outer);
      path.add(field.getNumber());
      String json = open.get(name);
      if (json != null) {
        numbers.put(json, path);
        taken.add(name);
      } else if (field.getType() == FieldDescriptor.Type.MESSAGE && !field.isRepeated()) {
        inline.add(field);
      }
    }
    open.keySet().removeAll(taken);
    for (FieldDescriptor field : inline) {
      List<Integer> path = new ArrayList<>(outer);
      path.add(field.getNumber());
      number(field.getMessageType(), path, open, numbers);
    }
  }

  private static String plain(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
  }
}
