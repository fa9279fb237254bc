package dev.mokha.server.rest;

import static java.util.Objects.requireNonNull;

import dev.mokha.api.object.KubeObject;
import dev.mokha.server.pipeline.ApiCall;
import dev.mokha.server.services.ServiceFields;
import dev.mokha.server.storage.ObjectStorage.Write;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Services, which hold addresses and node ports of common pools. */
final class ServiceStrategy implements Strategy {
  private final ServiceFields fields;

  ServiceStrategy(ServiceFields fields) {
    this.fields = requireNonNull(fields, "fields");
  }

  @Override
  public boolean claims() {
    return true;
  }

  @Override
  public boolean returnsDeleted() {
    return true;
  }

  @Override
  public boolean createsOnUpdate() {
    return true;
  }

  @Override
  public List<Write> alongside(ApiCall call, ObjectNode service, KubeObject old) {
    return call.subresource().isEmpty()
        ? fields.complete(service, old == null ? null : old.toTree())
        : List.of();
  }

  @Override
  public List<Write> alongsideDelete(ApiCall call, KubeObject old) {
    return fields.release(old.toTree());
  }
}
