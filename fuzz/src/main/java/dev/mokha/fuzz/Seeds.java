package dev.mokha.fuzz;

import dev.mokha.api.object.Json;
import dev.mokha.api.wire.ProtobufCodec;
import java.nio.charset.StandardCharsets;
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

  private Seeds() {}

  /** A copy of the pod that patches are applied to. */
  static ObjectNode pod() {
    return Json.parseObject(POD.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] podProtobuf() {
    return ProtobufCodec.encode(pod()).orElseThrow();
  }
}
