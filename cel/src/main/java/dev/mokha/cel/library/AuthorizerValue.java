package dev.mokha.cel.library;

import static java.util.Objects.requireNonNull;

import dev.mokha.cel.value.OpaqueValue;

/**
 * The {@code authorizer} variable: asks whether the request's user may do something. The check
 * itself is the caller's.
 *
 * <pre>{@code
 * variables.put("authorizer", new AuthorizerValue(question -> ...));
 * // authorizer.group('apps').resource('deployments').namespace('x').check('create').allowed()
 * }</pre>
 */
public final class AuthorizerValue implements OpaqueValue {
  /** The type's name, for {@link dev.mokha.cel.DeclType#opaque}. */
  public static final String TYPE = "kubernetes.authorization.Authorizer";

  /** The type of {@code authorizer.requestResource}. */
  public static final String RESOURCE_TYPE = "kubernetes.authorization.ResourceCheck";

  static final String PATH_TYPE = "kubernetes.authorization.PathCheck";
  static final String GROUP_TYPE = "kubernetes.authorization.GroupCheck";
  static final String DECISION_TYPE = "kubernetes.authorization.Decision";

  /**
   * What is asked.
   *
   * @param serviceAccountNamespace of the account that is asked about; empty for the request's user
   * @param serviceAccount its name; empty for the request's user
   * @param path of a request without a resource; empty for one with a resource
   */
  public record Question(
      String serviceAccountNamespace,
      String serviceAccount,
      String verb,
      String path,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name,
      String fieldSelector,
      String labelSelector) {}

  /**
   * The answer.
   *
   * @param error why nobody could decide; empty when somebody did
   */
  public record Answer(boolean allowed, String reason, String error) implements OpaqueValue {
    @Override
    public String typeName() {
      return DECISION_TYPE;
    }
  }

  /** Who decides. */
  @FunctionalInterface
  public interface Check {
    /** Decides. */
    Answer ask(Question question);
  }

  /** A check that is being put together. */
  record PathCheck(AuthorizerValue authorizer, String path) implements OpaqueValue {
    @Override
    public String typeName() {
      return PATH_TYPE;
    }
  }

  /** A check that is being put together. */
  record GroupCheck(AuthorizerValue authorizer, String group) implements OpaqueValue {
    @Override
    public String typeName() {
      return GROUP_TYPE;
    }
  }

  /** A check that is being put together: {@code authorizer.requestResource} is one. */
  public record ResourceCheck(
      AuthorizerValue authorizer,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name,
      String fieldSelector,
      String labelSelector)
      implements OpaqueValue {
    /** About resources of a kind. */
    public ResourceCheck(AuthorizerValue authorizer, String group, String resource) {
      this(authorizer, group, resource, "", "", "", "", "");
    }

    /** About the resource of a request. */
    public static ResourceCheck of(
        AuthorizerValue authorizer,
        String group,
        String resource,
        String subresource,
        String namespace,
        String name) {
      return new ResourceCheck(authorizer, group, resource, subresource, namespace, name, "", "");
    }

    @Override
    public String typeName() {
      return RESOURCE_TYPE;
    }

    Answer check(String verb) {
      return authorizer.check.ask(
          new Question(
              authorizer.accountNamespace,
              authorizer.account,
              verb,
              "",
              group,
              resource,
              subresource,
              namespace,
              name,
              fieldSelector,
              labelSelector));
    }
  }

  private final Check check;
  private final String accountNamespace;
  private final String account;

  /** About the user of the request. */
  public AuthorizerValue(Check check) {
    this(check, "", "");
  }

  private AuthorizerValue(Check check, String accountNamespace, String account) {
    this.check = requireNonNull(check, "check");
    this.accountNamespace = accountNamespace;
    this.account = account;
  }

  AuthorizerValue serviceAccount(String namespace, String name) {
    return new AuthorizerValue(check, namespace, name);
  }

  Answer checkPath(String path, String verb) {
    return check.ask(
        new Question(accountNamespace, account, verb, path, "", "", "", "", "", "", ""));
  }

  @Override
  public String typeName() {
    return TYPE;
  }
}
