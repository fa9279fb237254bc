package dev.mokha.engine.images;

import dev.mokha.engine.content.Descriptor;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that is known of an image: what {@code docker image inspect} shows.
 *
 * @param image the image in short
 * @param configuration its configuration as its makers wrote it (OCI image spec, with what Docker
 *     adds: {@code config.Healthcheck}, {@code config.OnBuild}, {@code config.Shell}, {@code
 *     config.ArgsEscaped}, {@code container_config}, {@code docker_version}); a copy of the
 *     caller's own
 * @param manifest its manifest, with media type; empty for an image made here that was not pushed
 * @param parent id of the image it was made from here; empty when pulled or loaded
 * @param architecture in Go's names, such as {@code amd64}
 * @param variant such as {@code v8}; often empty
 * @param os such as {@code linux}
 * @param author who made it; often empty
 * @param comment what they said; often empty
 * @param dockerVersion the program that made it; often empty
 * @param lastTagged when it last got a name here
 * @param chainIds its layers' chain ids, lowest first
 */
public record ImageDetails(
    Image image,
    ObjectNode configuration,
    Optional<Descriptor> manifest,
    String parent,
    String architecture,
    String variant,
    String os,
    String author,
    String comment,
    String dockerVersion,
    Optional<Instant> lastTagged,
    List<String> chainIds) {
  /** Copies the layers. */
  public ImageDetails {
    chainIds = List.copyOf(chainIds);
  }
}
