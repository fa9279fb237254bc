package dev.mokha.junit.examples;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Version;

/** The custom resource of crds/greeting.yaml. */
@Group("example.org")
@Version("v1")
public final class Greeting extends CustomResource<Greeting.Spec, Greeting.Status>
    implements Namespaced {
  private static final long serialVersionUID = 1;

  /** Whom to greet, and how often. */
  public static final class Spec {
    public String name;
    public Integer times;
  }

  /** What has been said. */
  public static final class Status {
    public String said;
  }
}
