package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The rules for PersistentVolumes, StorageClasses and what belongs to them. */
final class StorageRules {
  private static final List<String> SOURCES =
      List.of(
          "hostPath",
          "gcePersistentDisk",
          "awsElasticBlockStore",
          "glusterfs",
          "flocker",
          "nfs",
          "rbd",
          "quobyte",
          "cephfs",
          "iscsi",
          "cinder",
          "fc",
          "flexVolume",
          "azureFile",
          "vsphereVolume",
          "azureDisk",
          "photonPersistentDisk",
          "portworxVolume",
          "scaleIO",
          "local",
          "storageos",
          "csi");

  private StorageRules() {}

  static void volume(Value volume) {
    Value spec = volume.at("spec");
    Value modes = spec.at("accessModes");
    if (modes.isEmpty()) {
      modes.required();
    }
    ClaimRules.accessModes(modes);
    Value capacity = spec.at("capacity");
    if (capacity.isEmpty()) {
      capacity.required();
    }
    if (!capacity.node().has("storage") || capacity.size() > 1) {
      capacity.notSupported("storage");
    }
    for (Value amount : capacity.entries()) {
      if (ResourceRules.amount(amount).signum() <= 0) {
        amount.invalid("must be greater than zero");
      }
    }
    spec.at("persistentVolumeReclaimPolicy").oneOf("Delete", "Recycle", "Retain");
    spec.at("volumeMode").oneOf("Block", "Filesystem");
    spec.at("storageClassName").keeps(Names::dns1123Subdomain);
    Value affinity = spec.at("nodeAffinity");
    if (affinity.exists()) {
      if (affinity.has("required")) {
        AffinityRules.nodeSelector(affinity.at("required"));
      } else {
        affinity.at("required").required("must specify required node constraints");
      }
    }
    sources(spec);
  }

  private static void sources(Value spec) {
    List<String> set = SOURCES.stream().filter(spec::has).toList();
    if (set.isEmpty()) {
      spec.required("must specify a volume type");
      return;
    }
    set.stream()
        .skip(1)
        .forEach(s -> spec.at(s).forbidden("may not specify more than 1 volume type"));
    Value source = spec.at(set.getFirst());
    switch (set.getFirst()) {
      case "hostPath" -> {
        if (source.at("path").isRequired()) {
          VolumeRules.noBacksteps(source.at("path"));
          if (source.at("path").is("/") && spec.at("persistentVolumeReclaimPolicy").is("Recycle")) {
            spec.at("persistentVolumeReclaimPolicy")
                .forbidden("may not be 'recycle' for a hostPath mount of '/'");
          }
        }
      }
      case "local" -> {
        if (source.at("path").isRequired()) {
          VolumeRules.noBacksteps(source.at("path"));
        }
        if (!spec.at("nodeAffinity").exists()) {
          spec.at("nodeAffinity").required("Local volume requires node affinity");
        }
      }
      case "nfs" -> {
        source.at("server").isRequired();
        source.at("path").isRequired();
      }
      case "csi" -> {
        source.at("driver").isRequired();
        source.at("volumeHandle").isRequired();
      }
      default -> {}
    }
  }

  static void volumeChange(Value volume, Value old) {
    Value spec = volume.at("spec");
    Value before = old.at("spec");
    for (String source : SOURCES) {
      if (!spec.at(source).sameAs(before.at(source))) {
        spec.forbidden("spec.persistentvolumesource is immutable after creation");
        break;
      }
    }
    spec.at("volumeMode").immutable(before.at("volumeMode"));
    if (before.at("nodeAffinity").exists()) {
      spec.at("nodeAffinity").immutable(before.at("nodeAffinity"));
    }
  }

  static void storageClass(Value type) {
    Value provisioner = type.at("provisioner");
    if (provisioner.isRequired()) {
      String name = provisioner.text().toLowerCase(Locale.ROOT);
      Names.qualifiedName(name).forEach(m -> provisioner.invalid(name, m));
    }
    type.at("reclaimPolicy").oneOf("Delete", "Retain");
    if (!type.at("volumeBindingMode").exists()) {
      type.at("volumeBindingMode").required();
    } else {
      type.at("volumeBindingMode").oneOf("Immediate", "WaitForFirstConsumer");
    }
    Value parameters = type.at("parameters");
    if (parameters.size() > 512) {
      parameters.errors().tooLong(parameters.path(), 512);
    }
    long size = 0;
    for (Value parameter : parameters.entries()) {
      if (parameter.name().isEmpty()) {
        parameters.invalid("", "field can not be empty.");
      }
      size += Sizes.utf8(parameter.name()) + Sizes.utf8(parameter.text());
    }
    if (size > 256 * 1024) {
      parameters.errors().tooLong(parameters.path(), 256 * 1024);
    }
  }

  static void storageClassChange(Value type, Value old) {
    for (String field : List.of("parameters", "provisioner", "reclaimPolicy")) {
      if (!type.at(field).sameAs(old.at(field))) {
        if (field.equals("parameters")) {
          type.at(field).forbidden("updates to parameters are forbidden.");
        } else if (field.equals("provisioner")) {
          type.at(field).forbidden("updates to provisioner are forbidden.");
        } else {
          type.at(field).forbidden("updates to reclaimPolicy are forbidden.");
        }
      }
    }
    type.at("volumeBindingMode").immutable(old.at("volumeBindingMode"));
  }

  static void csiDriver(Value driver) {
    driver.at("spec", "fsGroupPolicy").oneOf("File", "None", "ReadWriteOnceWithFSType");
    Set<String> modes = Set.of("Ephemeral", "Persistent");
    for (Value mode : driver.at("spec", "volumeLifecycleModes").elements()) {
      if (!modes.contains(mode.text())) {
        mode.notSupported("Ephemeral", "Persistent");
      }
    }
  }

  static void attachment(Value attachment) {
    Value spec = attachment.at("spec");
    spec.at("attacher").isRequired();
    spec.at("nodeName").isRequired();
    Value source = spec.at("source");
    boolean volume = source.has("persistentVolumeName");
    boolean inline = source.has("inlineVolumeSpec");
    if (volume && inline) {
      source.forbidden("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    } else if (!volume && !inline) {
      source.required("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    }
  }

  static void specStays(Value object, Value old) {
    if (!object.at("spec").sameAs(old.at("spec"))) {
      object.at("spec").invalid("field is immutable");
    }
  }
}
