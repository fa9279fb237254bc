package dev.mokha.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a JUnit Jupiter test class a Kubernetes cluster of its own, and each test method a
 * namespace.
 *
 * <pre>{@code
 * @MokhaTest(nodes = 1, crds = "crds/backup.yaml")
 * class BackupOperatorTest {
 *   @Test
 *   void makesAJob(KubernetesClient client, @TestNamespace String namespace) { ... }
 * }
 * }</pre>
 *
 * <p>Test methods and lifecycle methods may have parameters of these types: {@link Mokha}, {@link
 * dev.mokha.client.ApiClient}, fabric8's {@code KubernetesClient} (whose default namespace is the
 * test's), and a {@code String} with {@link TestNamespace}. Before the first test method ({@code
 * BeforeAll}, constructors) the namespace is {@code default}. A {@code Nested} class uses the
 * cluster of the class around it, unless it has an annotation of its own.
 */
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
@ExtendWith(MokhaExtension.class)
public @interface MokhaTest {
  /** Whether the controllers run. */
  boolean controllers() default true;

  /** Whether pods are bound to nodes. */
  boolean scheduler() default true;

  /** How many nodes there are. */
  int nodes() default 0;

  /** Whether the nodes say of their pods that they run. */
  boolean podsRun() default true;

  /**
   * Resources of the class path to apply at the start, from its root: CustomResourceDefinitions and
   * any other manifests.
   */
  String[] crds() default {};

  /** Whether each test method gets a cluster of its own, and not just a namespace. */
  boolean perMethod() default false;

  /** Whether each test method gets a namespace of its own; else all use {@code default}. */
  boolean ownNamespace() default true;
}
