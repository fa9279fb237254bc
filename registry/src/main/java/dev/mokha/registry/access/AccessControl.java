package dev.mokha.registry.access;

import dev.mokha.registry.storage.RepositoryName;
import java.util.List;

/** Tells who sends a request and what he may do. Its methods may wait for the cluster. */
public interface AccessControl {
  /** What the token endpoint calls this registry. */
  String SERVICE = "registry.mokha.local";

  /**
   * Who sends a request.
   *
   * @throws dev.mokha.registry.RegistryException with UNAUTHORIZED when what he shows is no good
   */
  Caller caller(Presented presented);

  /** Whether clients are asked who they are. If not, there is no token endpoint. */
  boolean isRequired();

  /**
   * Gives a token for as much of what is asked as the sender may do.
   *
   * @param presented with Basic credentials, a certificate, or nothing for anonymous
   * @throws dev.mokha.registry.RegistryException with UNAUTHORIZED when what he shows is no good
   */
  Issued issue(Presented presented, List<Scope> asked);

  /**
   * A token.
   *
   * @param token what is to be sent as Bearer
   * @param seconds how long it is good
   * @param issuedAt in RFC 3339
   */
  record Issued(String token, long seconds, String issuedAt, List<Scope> granted) {}

  /** Lets everybody do everything, for tests and for who trusts his network. */
  static AccessControl open() {
    Caller anybody =
        new Caller() {
          @Override
          public Identity identity() {
            return Identity.ANONYMOUS;
          }

          @Override
          public boolean may(Action action, RepositoryName repository) {
            return true;
          }

          @Override
          public boolean mayList() {
            return true;
          }

          @Override
          public boolean couldAskForMore() {
            return false;
          }
        };
    return new AccessControl() {
      @Override
      public Caller caller(Presented presented) {
        return anybody;
      }

      @Override
      public boolean isRequired() {
        return false;
      }

      @Override
      public Issued issue(Presented presented, List<Scope> asked) {
        throw new UnsupportedOperationException("nobody is asked who he is");
      }
    };
  }
}
