package dev.mokha.engine.build.git;

import org.eclipse.jgit.errors.UnsupportedCredentialItem;
import org.eclipse.jgit.transport.CredentialItem;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.URIish;

/** Says user and password to one host, and nothing to others a redirection leads to. */
final class GitCredentials extends CredentialsProvider {
  private final String host;
  private final GitLogins.Login login;

  /** With a login; null for none. */
  GitCredentials(String host, GitLogins.Login login) {
    this.host = host;
    this.login = login;
  }

  @Override
  public boolean isInteractive() {
    return false;
  }

  @Override
  public boolean supports(CredentialItem... items) {
    for (CredentialItem item : items) {
      if (!(item instanceof CredentialItem.Username)
          && !(item instanceof CredentialItem.Password)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean get(URIish uri, CredentialItem... items) throws UnsupportedCredentialItem {
    if (login == null || !login.header().isEmpty() || !host.equalsIgnoreCase(uri.getHost())) {
      return false;
    }
    for (CredentialItem item : items) {
      switch (item) {
        case CredentialItem.Username name -> name.setValue(login.user());
        case CredentialItem.Password password -> password.setValue(login.password().toCharArray());
        default -> {
          return false;
        }
      }
    }
    return true;
  }
}
