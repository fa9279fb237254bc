package dev.mokha.engine.content;

import java.util.List;

/** Media types of the OCI image spec and of Docker's image manifest v2, schema 2. */
public final class MediaTypes {
  /** OCI: manifests for several platforms. */
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";

  /** OCI: one image. */
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** OCI: how containers run. */
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

  /** OCI: a layer, plain. */
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

  /** OCI: a layer, gzip. */
  public static final String OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";

  /** Docker: manifests for several platforms. */
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** Docker: one image. */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** What we can read, in the order we like it. */
  public static final List<String> MANIFESTS =
      List.of(OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST);

  private MediaTypes() {}
}
