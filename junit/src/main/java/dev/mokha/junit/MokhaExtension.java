package dev.mokha.junit;

import dev.mokha.client.ApiClient;
import dev.mokha.client.ApiClient.DeleteOptions;
import dev.mokha.client.Kinds;
import dev.mokha.client.ResourceClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Starts and closes what {@link MokhaTest} asks for. Uses only what JUnit 5 and 6 have in common;
 * it closes its servers itself, since JUnit 5 and 6 differ in what they close.
 */
final class MokhaExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {
  private static final Namespace STORE = Namespace.create(MokhaExtension.class);
  private static final String CLUSTER = "cluster";
  private static final String NAMESPACE = "namespace";

  /** By name, since the class need not exist. */
  private static final String FABRIC8 = "io.fabric8.kubernetes.client.KubernetesClient";

  @Override
  public void beforeAll(ExtensionContext context) {
    boolean inherits =
        context.getStore(STORE).get(CLUSTER) != null
            && !context.getRequiredTestClass().isAnnotationPresent(MokhaTest.class);
    if (!inherits && !settings(context).perMethod()) {
      context.getStore(STORE).put(CLUSTER, start(context));
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    closeIn(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Store store = context.getStore(STORE);
    MokhaTest settings = settings(context);
    if (settings.perMethod()) {
      store.put(CLUSTER, start(context));
    }
    if (settings.ownNamespace()) {
      String name =
          context.getRequiredTestClass().getSimpleName()
              + "-"
              + context.getRequiredTestMethod().getName();
      store.put(NAMESPACE, cluster(context).namespace(name));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Store store = context.getStore(STORE);
    String namespace = store.remove(NAMESPACE, String.class);
    if (settings(context).perMethod()) {
      closeIn(context);
    } else if (namespace != null && settings(context).controllers()) {
      // Nobody waits for its end: no other test has its name.
      ResourceClient.of(cluster(context).client(), Kinds.NAMESPACE)
          .delete("", namespace, DeleteOptions.DEFAULT);
    }
  }

  /** Removes from this context alone, never from one around it. */
  private static void closeIn(ExtensionContext context) {
    Mokha mokha = context.getStore(STORE).remove(CLUSTER, Mokha.class);
    if (mokha != null) {
      mokha.close();
    }
  }

  private static Mokha start(ExtensionContext context) {
    MokhaTest settings = settings(context);
    Mokha.Builder builder =
        Mokha.builder()
            .controllers(settings.controllers())
            .scheduler(settings.scheduler())
            .nodes(settings.nodes())
            .podsRun(settings.podsRun());
    for (String resource : settings.crds()) {
      builder.install(read(context.getRequiredTestClass(), resource));
    }
    return builder.start();
  }

  private static String read(Class<?> test, String resource) {
    String name = resource.startsWith("/") ? resource : "/" + resource;
    try (InputStream in = test.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException(
            "there is no %s on the class path of %s".formatted(resource, test.getName()));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of the class itself, or of the nearest class around it. */
  private static MokhaTest settings(ExtensionContext context) {
    for (Class<?> type = context.getRequiredTestClass();
        type != null;
        type = type.getEnclosingClass()) {
      var found = AnnotationSupport.findAnnotation(type, MokhaTest.class);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new IllegalStateException(
        context.getRequiredTestClass().getName() + " has no @MokhaTest annotation");
  }

  private static Mokha cluster(ExtensionContext context) {
    Mokha mokha = context.getStore(STORE).get(CLUSTER, Mokha.class);
    if (mokha == null) {
      throw new ParameterResolutionException(
          "there is no cluster yet: with perMethod = true it starts with each test method");
    }
    return mokha;
  }

  private static String namespace(ExtensionContext context) {
    String name = context.getStore(STORE).get(NAMESPACE, String.class);
    return name == null ? "default" : name;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Mokha.class
        || type == ApiClient.class
        || type.getName().equals(FABRIC8)
        || (type == String.class && parameter.isAnnotated(TestNamespace.class));
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (type == String.class) {
      return namespace(context);
    }
    Mokha mokha = cluster(context);
    if (type == Mokha.class) {
      return mokha;
    }
    return type == ApiClient.class
        ? mokha.client()
        : Fabric8Clients.inNamespace(mokha.fabric8(), namespace(context));
  }
}
