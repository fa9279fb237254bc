package dev.mokha.node.images;

import static java.util.Objects.requireNonNull;

import dev.mokha.client.ResourceClient;
import dev.mokha.client.controller.EventRecorder;
import dev.mokha.engine.EngineException;
import dev.mokha.engine.images.Image;
import dev.mokha.engine.images.Images;
import dev.mokha.engine.images.Progress;
import dev.mokha.engine.images.PullOptions;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

/**
 * The images of containers, by their pull policy. Pods that want the same image with the same
 * secrets share one pull; a pull that failed is tried again after 10 s, then 20 s, up to 5 min.
 */
public final class PodImages {
  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(5);

  private final Images images;
  private final ResourceClient<Secret> secrets;
  private final RegistryLogin login;
  private final EventRecorder events;
  private final Clock clock;
  private final Map<String, CompletableFuture<Image>> pulls = new ConcurrentHashMap<>();
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  private record Failure(Duration backOff, Instant retryAt, String message) {}

  /** Images of an engine. */
  public PodImages(
      Images images,
      ResourceClient<Secret> secrets,
      RegistryLogin login,
      EventRecorder events,
      Clock clock) {
    this.images = requireNonNull(images, "images");
    this.login = requireNonNull(login, "login");
    this.secrets = requireNonNull(secrets, "secrets");
    this.events = requireNonNull(events, "events");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * The image of a container, pulled if its policy asks for it.
   *
   * @param fieldPath the container's, for events
   * @throws ImageException when it can't be had now
   * @throws InterruptedException when the caller no longer wants it; a pull under way goes on
   */
  public Image ensure(Pod pod, Container container, String fieldPath) throws InterruptedException {
    String reference = container.getImage();
    String policy = container.getImagePullPolicy();
    if (policy == null) {
      policy = reference.endsWith(":latest") || untagged(reference) ? "Always" : "IfNotPresent";
    }
    Optional<Image> present = find(reference);
    // One that the machine's image policy refuses is pulled, so that its signature is verified.
    boolean usable =
        present.isPresent()
            && (policy.equals("Never") || images.refusal(present.get().id()).isEmpty());
    if (usable && !policy.equals("Always")) {
      events.record(
          pod,
          fieldPath,
          "Normal",
          "Pulled",
          "Container image \"" + reference + "\" already present on machine");
      return present.get();
    }
    if (policy.equals("Never")) {
      String message =
          "Container image \"" + reference + "\" is not present with pull policy of Never";
      events.record(pod, fieldPath, "Warning", "ErrImageNeverPull", message);
      throw new ImageException("ErrImageNeverPull", message, clock.instant().plus(FIRST_BACK_OFF));
    }
    String key = pod.getMetadata().getUid() + " " + reference;
    Failure failure = failures.get(key);
    if (failure != null && failure.retryAt().isAfter(clock.instant())) {
      throw backOff(pod, fieldPath, reference, failure);
    }
    try {
      Image image = pull(pod, reference, fieldPath);
      failures.remove(key);
      return image;
    } catch (EngineException e) {
      Failure next = next(failure, e.getMessage());
      failures.put(key, next);
      events.record(
          pod,
          fieldPath,
          "Warning",
          "Failed",
          "Failed to pull image \"" + reference + "\": " + e.getMessage());
      events.record(pod, fieldPath, "Warning", "Failed", "Error: ErrImagePull");
      // Soon, so that the status says that it now backs off; nothing is pulled before its time.
      throw new ImageException(
          "ErrImagePull", e.getMessage(), clock.instant().plus(Duration.ofSeconds(1)));
    }
  }

  /** Forgets what failed for a pod. */
  public void forget(String podUid) {
    failures.keySet().removeIf(key -> key.startsWith(podUid + " "));
  }

  private Optional<Image> find(String reference) {
    try {
      return images.find(reference);
    } catch (EngineException e) {
      if (e.code() == EngineException.Code.INVALID) {
        throw new ImageException(
            "InvalidImageName",
            "Failed to apply default image tag \"%s\": %s".formatted(reference, e.getMessage()),
            clock.instant().plus(LONGEST_BACK_OFF));
      }
      throw e;
    }
  }

  private static boolean untagged(String reference) {
    return !reference.contains("@") && reference.indexOf(':', reference.lastIndexOf('/') + 1) < 0;
  }

  private Failure next(Failure before, String message) {
    Duration backOff = FIRST_BACK_OFF;
    if (before != null) {
      Duration doubled = before.backOff().multipliedBy(2);
      backOff = doubled.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : doubled;
    }
    return new Failure(backOff, clock.instant().plus(backOff), message);
  }

  private ImageException backOff(Pod pod, String fieldPath, String reference, Failure failure) {
    String message = "Back-off pulling image \"" + reference + "\"";
    events.record(pod, fieldPath, "Normal", "BackOff", message);
    events.record(pod, fieldPath, "Warning", "Failed", "Error: ImagePullBackOff");
    return new ImageException(
        "ImagePullBackOff", message + ": " + failure.message(), failure.retryAt());
  }

  private Image pull(Pod pod, String reference, String fieldPath) throws InterruptedException {
    List<PullOptions.Credentials> credentials =
        new ArrayList<>(PullCredentials.of(secrets(pod), reference));
    String key = reference + " " + credentials.hashCode();
    if (login.isFor(reference)) {
      // Two tokens of one account are two texts, and one right.
      key += " " + pod.getMetadata().getNamespace() + "/" + pod.getSpec().getServiceAccountName();
      login.of(pod).ifPresent(credentials::add);
    }
    String sharing = key;
    events.record(pod, fieldPath, "Normal", "Pulling", "Pulling image \"" + reference + "\"");
    Instant begin = clock.instant();
    CompletableFuture<Image> mine = new CompletableFuture<>();
    CompletableFuture<Image> pull = pulls.putIfAbsent(sharing, mine);
    if (pull == null) {
      pull = mine;
      Thread.ofVirtual()
          .name("pull-" + reference)
          .start(
              () -> {
                try {
                  mine.complete(
                      images.pull(reference, new PullOptions(credentials, Progress.NONE)));
                } catch (RuntimeException e) {
                  mine.completeExceptionally(e);
                } finally {
                  pulls.remove(sharing);
                }
              });
    }
    try {
      Image image = pull.get();
      long millis = Duration.between(begin, clock.instant()).toMillis();
      events.record(
          pod,
          fieldPath,
          "Normal",
          "Pulled",
          "Successfully pulled image \"%s\" in %dms. Image size: %d bytes."
              .formatted(reference, millis, image.size()));
      return image;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof EngineException cause) {
        throw cause;
      }
      throw new EngineException(
          EngineException.Code.INTERNAL, String.valueOf(e.getCause().getMessage()), e.getCause());
    }
  }

  private List<Secret> secrets(Pod pod) {
    List<Secret> found = new ArrayList<>();
    for (LocalObjectReference reference : pod.getSpec().getImagePullSecrets()) {
      secrets
          .find(pod.getMetadata().getNamespace(), reference.getName())
          .ifPresentOrElse(
              found::add,
              () ->
                  events.warning(
                      pod,
                      "FailedToRetrieveImagePullSecret",
                      "Unable to retrieve some image pull secrets ("
                          + reference.getName()
                          + "); attempting to pull the image may not succeed."));
    }
    return found;
  }
}
