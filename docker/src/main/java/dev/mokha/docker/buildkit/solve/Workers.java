package dev.mokha.docker.buildkit.solve;

import dev.mokha.docker.buildkit.wire.Message;
import dev.mokha.engine.build.Builder;
import dev.mokha.engine.content.Manifest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The one builder there is, as {@code buildx ls}, {@code du} and {@code prune} see it. */
public final class Workers {
  /** The release of BuildKit whose clients find here what they expect of it. */
  private static final String VERSION = "v0.22.0";

  /** Where containers find the host ({@code host-gateway}). */
  private static final String GATEWAY = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";

  private static final String EXECUTOR = "org.mobyproject.buildkit.worker.executor";

  private final Builder builder;
  private final String id;
  private final Supplier<String> gateway;

  /**
   * The builder.
   *
   * @param id the daemon's
   * @param gateway the host's address for containers; empty when there is none
   */
  public Workers(Builder builder, String id, Supplier<String> gateway) {
    this.builder = builder;
    this.id = id;
    this.gateway = gateway;
  }

  /** {@code moby.buildkit.v1.types.BuildkitVersion}. */
  private static Message version() {
    String own = Workers.class.getPackage().getImplementationVersion();
    return Message.of()
        .text(1, "dev.mokha.engine.build")
        .text(2, VERSION + "+mokha." + (own == null ? "0.0.0-dev" : own))
        .build();
  }

  /** {@code InfoResponse}. */
  Message info() {
    return Message.of().message(1, version()).build();
  }

  /** {@code moby.buildkit.v1.types.WorkerRecord}. */
  Message record() {
    Message platform = Message.of().text(1, Manifest.architecture()).text(2, "linux").build();
    return Message.of()
        .text(1, id)
        .map(2, Map.of(GATEWAY, gateway.get(), EXECUTOR, "oci"))
        .message(3, platform)
        .message(5, version())
        .build();
  }

  /** {@code DiskUsageResponse}. */
  Message diskUsage(List<String> filters) {
    Predicate<Builder.CacheEntry> wanted = filter(filters);
    return Message.of()
        .messages(1, builder.cache().stream().filter(wanted).map(Workers::usage).toList())
        .build();
  }

  /** {@code UsageRecord}. */
  private static Message usage(Builder.CacheEntry entry) {
    return Message.of()
        .text(1, entry.id())
        .flag(2, entry.type().equals("exec.cachemount"))
        .flag(3, entry.inUse())
        .number(4, entry.bytes())
        .time(6, entry.created())
        .time(7, entry.lastUsed())
        .number(8, entry.uses())
        .text(9, entry.description())
        .text(10, entry.type())
        .flag(11, entry.shared())
        .texts(12, entry.parents())
        .build();
  }

  /**
   * Prunes.
   *
   * @param request {@code PruneRequest}
   * @return what went, as {@code UsageRecord}s
   */
  List<Message> prune(Message request) {
    boolean all = request.flag(2);
    Duration keepFor = Duration.ofNanos(request.number(3));
    long keep = Math.max(request.number(4), request.number(5));
    Predicate<Builder.CacheEntry> wanted = filter(request.texts(1));
    List<Builder.CacheEntry> before = builder.cache();
    if (before.stream().anyMatch(wanted.negate())) {
      throw new dev.mokha.docker.buildkit.wire.Failure(
          dev.mokha.docker.buildkit.wire.Failure.Code.UNIMPLEMENTED,
          "the build cache is pruned by time and size; other filters are not applied here");
    }
    Builder.Pruned pruned =
        builder.prune(keepFor.isZero() ? null : Instant.now().minus(keepFor), all, keep);
    List<Message> gone = new ArrayList<>();
    for (Builder.CacheEntry entry : before) {
      if (pruned.ids().contains(entry.id())) {
        gone.add(usage(entry));
      }
    }
    return gone;
  }

  /** Filters as containerd writes them: {@code key==value}, {@code !=}, {@code ~=}. */
  private static Predicate<Builder.CacheEntry> filter(List<String> all) {
    List<String> filters = all.stream().filter(filter -> !filter.isBlank()).toList();
    Predicate<Builder.CacheEntry> any = filters.isEmpty() ? entry -> true : entry -> false;
    for (String filter : filters) {
      Predicate<Builder.CacheEntry> each = entry -> true;
      for (String one : filter.split(",", -1)) {
        each = each.and(condition(one));
      }
      any = any.or(each);
    }
    return any;
  }

  private static Predicate<Builder.CacheEntry> condition(String text) {
    String[] parts = text.split("==|!=|~=", 2);
    String key = parts[0].strip();
    if (parts.length < 2) {
      return entry -> Boolean.parseBoolean(value(entry, key));
    }
    String wanted = parts[1].strip().replaceAll("^\"|\"$", "");
    if (text.contains("~=")) {
      try {
        Pattern pattern = Pattern.compile(wanted);
        return entry -> pattern.matcher(value(entry, key)).find();
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException("invalid filter " + text, e);
      }
    }
    boolean equal = text.contains("==");
    return entry -> value(entry, key).equals(wanted) == equal;
  }

  private static String value(Builder.CacheEntry entry, String key) {
    return switch (key) {
      case "id" -> entry.id();
      case "parents", "parent" -> String.join(";", entry.parents());
      case "description" -> entry.description();
      case "type" -> entry.type();
      case "inuse" -> Boolean.toString(entry.inUse());
      case "mutable" -> Boolean.toString(entry.type().equals("exec.cachemount"));
      case "immutable" -> Boolean.toString(!entry.type().equals("exec.cachemount"));
      case "shared" -> Boolean.toString(entry.shared());
      case "private" -> Boolean.toString(!entry.shared());
      default -> throw new IllegalArgumentException("invalid filter key " + key);
    };
  }
}
