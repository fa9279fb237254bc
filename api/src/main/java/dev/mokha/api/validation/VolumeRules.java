package dev.mokha.api.validation;

import dev.mokha.api.names.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules for the volumes of a pod. */
final class VolumeRules {
  private static final List<String> TYPES =
      List.of(
          "emptyDir",
          "hostPath",
          "gitRepo",
          "gcePersistentDisk",
          "awsElasticBlockStore",
          "secret",
          "nfs",
          "iscsi",
          "glusterfs",
          "flexVolume",
          "configMap",
          "rbd",
          "cinder",
          "cephfs",
          "flocker",
          "downwardAPI",
          "fc",
          "azureFile",
          "vsphereVolume",
          "quobyte",
          "azureDisk",
          "persistentVolumeClaim",
          "photonPersistentDisk",
          "portworxVolume",
          "projected",
          "scaleIO",
          "storageos",
          "csi",
          "ephemeral",
          "image");
  private static final List<String> PROJECTIONS =
      List.of(
          "secret",
          "configMap",
          "downwardAPI",
          "serviceAccountToken",
          "clusterTrustBundle",
          "podCertificate");
  private static final int LONGEST_TOKEN_LIFE_SECONDS_BITS = 32;

  private VolumeRules() {}

  /** Checks the volumes and tells their names. */
  static Set<String> volumes(Value volumes) {
    Set<String> names = new HashSet<>();
    for (Value volume : volumes.elements()) {
      Value name = volume.at("name");
      if (name.isRequired()) {
        name.keeps(Names::dns1123Label);
        if (!names.add(name.text())) {
          name.duplicate();
        }
      }
      source(volume);
    }
    return names;
  }

  private static void source(Value volume) {
    int count = 0;
    for (String type : TYPES) {
      if (!volume.node().has(type) || !volume.at(type).exists()) {
        continue;
      }
      count++;
      if (count > 1) {
        volume.at(type).forbidden("may not specify more than 1 volume type");
      } else {
        ofType(type, volume.at(type));
      }
    }
    if (count == 0) {
      volume.required("must specify a volume type");
    }
  }

  private static void ofType(String type, Value source) {
    switch (type) {
      case "emptyDir" -> {
        if (ResourceRules.amount(source.at("sizeLimit")).signum() < 0) {
          source.at("sizeLimit").forbidden("SizeLimit field must be a valid resource quantity");
        }
      }
      case "hostPath" -> {
        Value path = source.at("path");
        if (path.isRequired()) {
          noBacksteps(path);
        }
        source
            .at("type")
            .oneOf(
                "",
                "BlockDevice",
                "CharDevice",
                "Directory",
                "DirectoryOrCreate",
                "File",
                "FileOrCreate",
                "Socket");
      }
      case "secret" -> {
        source.at("secretName").isRequired();
        mode(source.at("defaultMode"));
        items(source.at("items"));
      }
      case "configMap" -> {
        source.at("name").isRequired();
        mode(source.at("defaultMode"));
        items(source.at("items"));
      }
      case "downwardAPI" -> {
        mode(source.at("defaultMode"));
        source.at("items").elements().forEach(i -> downwardFile(source.alias(i)));
      }
      case "projected" -> projected(source);
      case "persistentVolumeClaim" -> source.at("claimName").isRequired();
      case "nfs" -> {
        source.at("server").isRequired();
        Value path = source.at("path");
        if (path.isRequired() && !path.text().startsWith("/")) {
          path.invalid("must be an absolute path");
        }
      }
      case "csi" -> {
        Value driver = source.at("driver");
        if (driver.isRequired() && driver.text().length() > 63) {
          driver.errors().tooLong(driver.path(), 63);
        }
      }
      case "iscsi" -> {
        source.at("targetPortal").isRequired();
        source.at("iqn").isRequired();
        source.at("lun").between(0, 255);
      }
      case "ephemeral" -> {
        Value template = source.at("volumeClaimTemplate");
        if (!template.exists()) {
          template.required();
        } else {
          ClaimRules.spec(template.at("spec"));
        }
      }
      case "image" -> {
        source.at("reference").isRequired();
        source.at("pullPolicy").oneOf("Always", "IfNotPresent", "Never");
      }
      default -> {}
    }
  }

  private static void projected(Value source) {
    mode(source.at("defaultMode"));
    Set<String> paths = new HashSet<>();
    for (Value projection : source.at("sources").elements()) {
      List<String> kinds = PROJECTIONS.stream().filter(projection::has).toList();
      if (kinds.isEmpty()) {
        continue;
      }
      kinds.stream()
          .skip(1)
          .forEach(
              k ->
                  projection.at(k).forbidden("may not specify more than 1 volume type per source"));
      Value kind = projection.at(kinds.getFirst());
      switch (kinds.getFirst()) {
        case "secret", "configMap" -> {
          kind.at("name").isRequired();
          items(kind.at("items"));
          kind.at("items").elements().forEach(i -> once(i.at("path"), paths));
        }
        case "downwardAPI" ->
            kind.at("items")
                .elements()
                .forEach(
                    item -> {
                      downwardFile(item);
                      once(item.at("path"), paths);
                    });
        case "serviceAccountToken" -> token(kind, source.alias("path", kind.at("path")), paths);
        default -> {
          if (kind.at("path").isRequired()) {
            relative(kind.at("path"));
          }
        }
      }
    }
  }

  private static void token(Value token, Value path, Set<String> paths) {
    Value seconds = token.at("expirationSeconds");
    if (seconds.exists() && seconds.number() < 600) {
      seconds.invalid("may not specify a duration less than 10 minutes");
    } else if (seconds.number() > 1L << LONGEST_TOKEN_LIFE_SECONDS_BITS) {
      seconds.invalid("may not specify a duration larger than 2^32 seconds");
    }
    if (path.isRequired()) {
      relative(path);
      once(path, paths);
    }
  }

  private static void once(Value path, Set<String> paths) {
    if (!path.isEmpty() && !paths.add(path.text())) {
      path.invalid("conflicting duplicate paths");
    }
  }

  private static void items(Value items) {
    for (Value item : items.elements()) {
      item.at("key").isRequired();
      if (item.at("path").isRequired()) {
        relative(item.at("path"));
      }
      mode(item.at("mode"));
    }
  }

  private static void downwardFile(Value file) {
    if (file.at("path").isRequired()) {
      relative(file.at("path"));
    }
    boolean field = file.has("fieldRef");
    boolean resource = file.has("resourceFieldRef");
    if (field) {
      EnvRules.fieldRef(file.at("fieldRef"), true);
      if (resource) {
        file.invalid(
            "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
      }
    } else if (resource) {
      EnvRules.resourceFieldRef(file.at("resourceFieldRef"), true);
    } else {
      file.required("one of fieldRef and resourceFieldRef is required");
    }
    mode(file.at("mode"));
  }

  private static void mode(Value mode) {
    if (mode.exists() && (mode.number() < 0 || mode.number() > 0777)) {
      mode.invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
  }

  /** A path inside something: it does not begin at the root and does not climb out. */
  static void relative(Value path) {
    if (path.text().startsWith("/")) {
      path.invalid("must be a relative path");
    }
    noBacksteps(path);
  }

  static void noBacksteps(Value path) {
    for (String part : path.text().split("/", -1)) {
      if (part.equals("..")) {
        path.invalid("must not contain '..'");
        return;
      }
    }
  }
}
