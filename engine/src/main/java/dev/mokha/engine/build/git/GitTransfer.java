package dev.mokha.engine.build.git;

import dev.mokha.engine.build.BuildException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.eclipse.jgit.errors.NotSupportedException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;

/**
 * Talks to remotes, on a thread of its own that is interrupted when the time is over or more bytes
 * came than may: a virtual thread's sockets and files close when it is interrupted, whatever it
 * waits for in them.
 */
final class GitTransfer {
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private static final long LOOK_MILLIS = 100;
  private static final String WANTED = "refs/mokha/wanted";

  private final Path directory;
  private final GitLogins logins;
  private final GitRepositories.Limits limits;
  private final long deadline;

  /** Below a directory, whose size is watched; the time begins now. */
  GitTransfer(Path directory, GitLogins logins, GitRepositories.Limits limits) {
    this.directory = directory;
    this.logins = logins;
    this.limits = limits;
    this.deadline = System.nanoTime() + limits.time().toNanos();
  }

  Collection<Ref> list(GitAddress address) throws IOException, InterruptedException {
    try (FileRepository repository =
        new FileRepository(directory.resolve("list").resolve(".git").toFile())) {
      repository.create();
      return watched(
          address,
          () -> {
            try (Transport transport = open(repository, address);
                FetchConnection connection = transport.openFetch()) {
              return connection.getRefs();
            }
          });
    }
  }

  /** Fetches a commit: alone where the remote gives it alone, else with everything before it. */
  ObjectId fetch(Repository repository, GitAddress address, GitCommit commit)
      throws IOException, InterruptedException {
    boolean whole = commit.id().length() == ObjectId.zeroId().name().length();
    if (whole) {
      String source = commit.ref().isEmpty() ? commit.id() : commit.ref();
      try {
        fetch(repository, address, List.of(new RefSpec("+" + source + ":" + WANTED)), true);
        Optional<ObjectId> got = find(repository, commit.id());
        if (got.isPresent()) {
          return got.get();
        }
        // The branch has moved since it was asked for.
      } catch (BuildException e) {
        if (!(e.getCause() instanceof Refused)) {
          throw e;
        }
      }
    }
    fetch(
        repository,
        address,
        List.of(
            new RefSpec("+refs/heads/*:refs/remotes/origin/*"),
            new RefSpec("+refs/tags/*:refs/tags/*")),
        false);
    return find(repository, commit.id())
        .orElseThrow(
            () ->
                new BuildException(
                    "repository " + address.remote() + " does not contain commit " + commit.id()));
  }

  private static Optional<ObjectId> find(Repository repository, String id) throws IOException {
    try (ObjectReader reader = repository.newObjectReader()) {
      if (id.length() == ObjectId.zeroId().name().length()) {
        ObjectId whole = ObjectId.fromString(id);
        return reader.has(whole) ? Optional.of(whole) : Optional.empty();
      }
    }
    ObjectId found = repository.resolve(id + "^{commit}");
    return Optional.ofNullable(found);
  }

  private void fetch(
      Repository repository, GitAddress address, List<RefSpec> specs, boolean shallow)
      throws IOException, InterruptedException {
    watched(
        address,
        () -> {
          try (Transport transport = open(repository, address)) {
            transport.setTagOpt(TagOpt.NO_TAGS);
            if (shallow) {
              transport.setDepth(1);
            }
            return transport.fetch(NullProgressMonitor.INSTANCE, specs);
          }
        });
  }

  private Transport open(Repository repository, GitAddress address)
      throws IOException, InterruptedException {
    URIish uri;
    try {
      uri = new URIish(address.remote().toString());
    } catch (URISyntaxException e) {
      throw new BuildException("invalid address of a git repository", e);
    }
    Transport transport = Transport.open(repository, uri);
    boolean opened = false;
    try {
      transport.setTimeout((int) SILENCE.toSeconds());
      Optional<GitLogins.Login> login = logins.of(address);
      transport.setCredentialsProvider(
          new GitCredentials(address.remote().getHost(), login.orElse(null)));
      if (transport instanceof TransportHttp http
          && login.isPresent()
          && !login.get().header().isEmpty()) {
        // A redirection could carry it to another host.
        repository.getConfig().setString("http", null, "followRedirects", "false");
        http.setAdditionalHeaders(Map.of("Authorization", login.get().header()));
      }
      opened = true;
      return transport;
    } finally {
      if (!opened) {
        transport.close();
      }
    }
  }

  // --- bounds ---

  /** The remote does not do what it was asked to; perhaps it does something else. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(Throwable cause) {
      super(cause);
    }
  }

  private <T> T watched(GitAddress address, Callable<T> work)
      throws IOException, InterruptedException {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread worker =
        Thread.ofVirtual()
            .name("git-" + address.remote().getHost())
            .start(
                () -> {
                  try {
                    result.complete(work.call());
                  } catch (Throwable t) {
                    result.completeExceptionally(t);
                  }
                });
    try {
      while (true) {
        try {
          T done = result.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          requireSmall(address);
          return done;
        } catch (TimeoutException goesOn) {
          requireSmall(address);
          if (System.nanoTime() - deadline > 0) {
            throw new BuildException(
                "fetching "
                    + address.remote()
                    + " took longer than "
                    + limits.time().toSeconds()
                    + " s");
          }
        }
      }
    } catch (ExecutionException e) {
      throw said(address, e.getCause());
    } finally {
      if (worker.isAlive()) {
        worker.interrupt();
        end(worker);
      }
    }
  }

  /** Nothing may write below the directory when it is removed. */
  private static void end(Thread worker) {
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireSmall(GitAddress address) throws IOException {
    long[] bytes = {0};
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes[0] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException gone) {
            return FileVisitResult.CONTINUE;
          }
        });
    if (bytes[0] > limits.bytes()) {
      throw new BuildException(
          address.remote() + " is larger than " + limits.bytes() + " bytes with its submodules");
    }
  }

  private static RuntimeException said(GitAddress address, Throwable cause)
      throws IOException, InterruptedException {
    return switch (cause) {
      case BuildException e -> e;
      case InterruptedException e -> throw e;
      case TransportException e -> failed(address, e);
      case NotSupportedException e -> failed(address, e);
      case IOException e -> throw e;
      case UncheckedIOException e -> throw e.getCause();
      case RuntimeException e -> e;
      default -> new IllegalStateException(cause);
    };
  }

  /** JGit's messages have the address in front, which has no password. */
  private static BuildException failed(GitAddress address, Exception e) {
    Throwable root = e;
    while (root.getCause() != null && root.getCause().getMessage() != null) {
      root = root.getCause();
    }
    String why =
        e instanceof NoRemoteRepositoryException ? "not found" : String.valueOf(root.getMessage());
    String prefix = address.remote() + ": ";
    return new BuildException(
        "failed to fetch git repository "
            + prefix
            + (why.startsWith(prefix) ? why.substring(prefix.length()) : why),
        new Refused(e));
  }
}
