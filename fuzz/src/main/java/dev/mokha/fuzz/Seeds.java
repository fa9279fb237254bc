package dev.mokha.fuzz;

import dev.mokha.api.object.Json;
import dev.mokha.api.wire.ProtobufCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import tools.jackson.databind.node.ObjectNode;

/** Good inputs, from which bad ones are made. */
final class Seeds {
  static final String POD =
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"fuzz","labels":{"a":"b"},
       "ownerReferences":[{"apiVersion":"v1","kind":"Node","name":"n","uid":"u"}]},
       "spec":{"nodeSelector":{"a":"b"},"containers":[{"name":"c","image":"i:1",
        "ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"A","value":"1"}],
        "resources":{"limits":{"cpu":"1","memory":"64Mi"}},
        "livenessProbe":{"httpGet":{"path":"/","port":"http"}}}],
        "volumes":[{"name":"v","emptyDir":{"sizeLimit":"1Gi"}}],
        "tolerations":[{"operator":"Exists"}]},"status":{"phase":"Running"}}
      """;

  static final String REGISTRY_MANIFEST =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
       "artifactType":"application/x","config":{"mediaType":"application/vnd.oci.image.config.v1+json",
        "digest":"sha256:%1$s","size":2},
       "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:%1$s",
        "size":32,"urls":["https://example/x"]}],
       "subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%1$s",
        "size":1},"annotations":{"a":"b"}}
      """
          .formatted("0f".repeat(32));

  static final String POD_YAML =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: fuzz, labels: {a: &x b}}
      spec:
        nodeSelector: {a: *x}
        containers:
        - name: c
          image: |-
            i:1
          ports: [{containerPort: 0x50, protocol: TCP}]
          env:
          - {name: A, value: "1"}
      """;

  static final String JSON_PATCH =
      """
      [{"op":"test","path":"/metadata/name","value":"web"},
       {"op":"add","path":"/spec/containers/-","value":{"name":"d"}},
       {"op":"copy","from":"/spec/containers/0","path":"/spec/containers/1"},
       {"op":"move","from":"/metadata/labels/a","path":"/metadata/labels/b~1c~0"},
       {"op":"replace","path":"/spec/containers/0/image","value":"j"},
       {"op":"remove","path":"/spec/volumes"}]
      """;

  static final String MERGE_PATCH =
      """
      {"metadata":{"labels":{"a":null,"c":"d"}},"spec":{"containers":[{"name":"x"}]}}
      """;

  static final String STRATEGIC_PATCH =
      """
      {"metadata":{"labels":{"$patch":"replace","c":"d"}},
       "spec":{"$setElementOrder/containers":[{"name":"d"},{"name":"c"}],
        "containers":[{"name":"c","$patch":"delete"},{"name":"d","image":"e",
          "ports":[{"containerPort":80,"$patch":"delete"}]}],
        "$retainKeys":["containers"],"$deleteFromPrimitiveList/finalizers":["f"]}}
      """;

  static final String CUSTOM =
      """
      {"schema":{"type":"object","required":["spec"],"properties":{"spec":{"type":"object",
        "properties":{"n":{"type":"integer","default":3,"minimum":1},
         "s":{"type":"string","enum":["a","b"],"nullable":true},
         "p":{"x-kubernetes-int-or-string":true},
         "l":{"type":"array","items":{"type":"object","properties":{"k":{"type":"string"}}},
          "x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"]},
         "m":{"type":"object","additionalProperties":{"type":"number"}},
         "e":{"type":"object","x-kubernetes-embedded-resource":true,
          "x-kubernetes-preserve-unknown-fields":true}}}}},
       "object":{"metadata":{"name":"x"},"spec":{"s":null,"p":"5","l":[{"k":"a"}],"m":{"q":1.5},
        "e":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"y"}},"unknown":1}}}
      """;

  static final String DOCKERFILE =
      """
      # syntax=docker/dockerfile:1
      ARG V=1
      FROM --platform=$BUILDPLATFORM a:${V:-2} AS one
      RUN --mount=type=cache,target=/c,sharing=locked --network=none <<EOF
      echo x
      EOF
      COPY --from=one --chown=1:2 --exclude=*.md ["a b", "/c/"]
      COPY <<-'F' <<G /d/
      f
      F
      g $x
      G
      ENV a=1 b="x $a" c=x\\ y
      HEALTHCHECK --interval=1m30s --retries=3 CMD ["x"]
      ONBUILD ADD --checksum=sha256:0 http://x/y \\
        # comment
        ${V%%.*}${V//a/b}
      SHELL ["/bin/sh", "-ec"]
      """;

  static final String MANIFEST =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
       "config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
       "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":-1,
        "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "annotations":{"a":"b"}}]}
      """;

  static final String INDEX =
      """
      {"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",
       "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,
       "platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}
      """;

  private Seeds() {}

  /** A layer that removes a file and hides a directory. */
  static byte[] whiteouts() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String name : List.of("d/", "d/.wh..wh..opq", "d/.wh.gone", "./e//f")) {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.addPaxHeader("SCHILY.xattr.user.a", "b");
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** A tar with a directory, a file, a link and a hard link. */
  static byte[] tar() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (String name : List.of("a/", "a/file", "link", "hard")) {
        byte type =
            switch (name) {
              case "link" -> TarConstants.LF_SYMLINK;
              case "hard" -> TarConstants.LF_LINK;
              default -> name.endsWith("/") ? TarConstants.LF_DIR : TarConstants.LF_NORMAL;
            };
        TarArchiveEntry entry = new TarArchiveEntry(name, type);
        entry.setLinkName(name.equals("link") ? "a" : name.equals("hard") ? "a/file" : "");
        entry.setSize(name.equals("a/file") ? 3 : 0);
        tar.putArchiveEntry(entry);
        if (name.equals("a/file")) {
          tar.write(new byte[] {1, 2, 3});
        }
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** A copy of the pod that patches are applied to. */
  static ObjectNode pod() {
    return Json.parseObject(POD.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] podProtobuf() {
    return ProtobufCodec.encode(pod()).orElseThrow();
  }
}
