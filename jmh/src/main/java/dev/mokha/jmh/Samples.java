package dev.mokha.jmh;

import java.nio.charset.StandardCharsets;

/** The objects that are measured: as large as those people write. */
final class Samples {
  private static final String POD =
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME","namespace":"bench",
       "labels":{"app":"web","tier":"front","shard":"7"},"annotations":{"team":"blue"}},
       "spec":{"terminationGracePeriodSeconds":5,
        "tolerations":[{"key":"dedicated","operator":"Exists","effect":"NoSchedule"}],
        "volumes":[{"name":"config","configMap":{"name":"web"}},{"name":"scratch","emptyDir":{}}],
        "initContainers":[{"name":"init","image":"busybox:1.37","command":["true"]}],
        "containers":[
         {"name":"web","image":"nginx:1.27","ports":[{"containerPort":80,"name":"http"}],
          "env":[{"name":"A","value":"1"},{"name":"B","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}],
          "resources":{"requests":{"cpu":"10m","memory":"16Mi"},"limits":{"cpu":"100m","memory":"64Mi"}},
          "readinessProbe":{"httpGet":{"path":"/ready","port":"http"},"periodSeconds":3},
          "volumeMounts":[{"name":"config","mountPath":"/etc/web"},{"name":"scratch","mountPath":"/tmp"}]},
         {"name":"log","image":"busybox:1.37","args":["tail","-f","/dev/null"]}]}}
      """;

  private static final String CONFIG_MAP =
      """
      {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"NAME","namespace":"bench",
       "labels":{"app":"bench"}},"data":{"k":"VALUE"}}
      """;

  private Samples() {}

  static byte[] pod(String name) {
    return POD.replace("NAME", name).getBytes(StandardCharsets.UTF_8);
  }

  static byte[] configMap(String name) {
    return CONFIG_MAP
        .replace("NAME", name)
        .replace("VALUE", "v".repeat(200))
        .getBytes(StandardCharsets.UTF_8);
  }
}
