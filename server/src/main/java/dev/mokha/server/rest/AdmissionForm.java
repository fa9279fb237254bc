package dev.mokha.server.rest;

import dev.mokha.api.object.KubeObject;
import dev.mokha.api.resource.GroupVersionKind;
import tools.jackson.databind.node.ObjectNode;

/** What admission sees of an object that is changed: all of it, or the kind of a subresource. */
interface AdmissionForm {
  /** The object itself. */
  AdmissionForm WHOLE =
      new AdmissionForm() {
        @Override
        public GroupVersionKind kind(ServedResource resource) {
          return resource.type().gvk();
        }

        @Override
        public ObjectNode show(ObjectNode object) {
          return object;
        }

        @Override
        public KubeObject show(KubeObject old) {
          return old;
        }

        @Override
        public void take(ObjectNode shown, ObjectNode object) {}
      };

  /** The kind of what is shown. */
  GroupVersionKind kind(ServedResource resource);

  /** What is shown of the new object. */
  ObjectNode show(ObjectNode object);

  /** What is shown of the stored object. */
  KubeObject show(KubeObject old);

  /** Puts into the object what was changed in what was shown. */
  void take(ObjectNode shown, ObjectNode object);
}
