package dev.mokha.engine.runtime;

import dev.mokha.engine.EngineException;
import dev.mokha.engine.containers.ContainerSpec;
import dev.mokha.engine.containers.Resources;
import dev.mokha.engine.containers.Security;
import dev.mokha.engine.containers.UserMapping;
import dev.mokha.engine.security.AppArmor;
import dev.mokha.engine.security.SelinuxLabels;
import dev.mokha.linux.Capability;
import dev.mokha.linux.Rlimits;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes a container's config.json (OCI runtime spec 1.0.2). Immutable; one per engine. */
public final class OciSpec {
  private static final String DEFAULT_PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** RLIM_INFINITY is all 64 bits set, which JSON wants as a positive number. */
  private static final BigInteger UNSIGNED = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

  private final OciResources resources;
  private final Set<Capability> bounding;
  private final boolean mayRaise;
  private final int ownOomScoreAdj;
  private final SeccompPolicy seccomp = new SeccompPolicy();

  /** One for this machine and what this process may pass on. */
  public OciSpec(Cgroups cgroups) {
    this.resources = new OciResources(cgroups);
    this.bounding = Capability.bounding();
    this.mayRaise = Capability.effective().contains(Capability.SYS_RESOURCE);
    this.ownOomScoreAdj = readOomScoreAdj();
  }

  private static int readOomScoreAdj() {
    try {
      return Integer.parseInt(Files.readString(Path.of("/proc/self/oom_score_adj")).strip());
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }

  /**
   * The whole document.
   *
   * @param rootfs the mounted root
   * @param cgroup the container's own cgroup
   */
  public ObjectNode write(ContainerSpec spec, Path rootfs, String cgroup) throws IOException {
    Security security = spec.security();
    Set<Capability> capabilities = CapabilitySets.of(security, bounding);
    ObjectNode root = JsonMapper.shared().createObjectNode();
    root.put("ociVersion", "1.0.2");
    root.set("process", process(spec, rootfs, capabilities));
    root.putObject("root").put("path", rootfs.toString()).put("readonly", security.readOnlyRoot());
    if (!spec.hostname().isEmpty() && spec.namespaces().uts().isEmpty()) {
      root.put("hostname", spec.hostname());
    }
    ArrayNode mounts = root.putArray("mounts");
    OciMounts.write(mounts, spec);
    ObjectNode linux = root.putObject("linux");
    ArrayNode namespaces = linux.putArray("namespaces");
    namespaces(namespaces, spec.namespaces());
    users(linux, namespaces, spec.users());
    linux.put("cgroupsPath", cgroup);
    ObjectNode limits = linux.putObject("resources");
    resources.write(limits, spec.resources());
    OciDevices.write(linux, limits, mounts, spec);
    linux.put("rootfsPropagation", OciMounts.rootPropagation(spec));
    sysctls(linux, spec);
    if (!security.privileged()) {
      strings(
          linux.putArray("maskedPaths"),
          Optional.ofNullable(security.maskedPaths()).orElse(OciMounts.MASKED));
      strings(
          linux.putArray("readonlyPaths"),
          Optional.ofNullable(security.readonlyPaths()).orElse(OciMounts.READ_ONLY));
    }
    if (!security.selinuxMountLabel().isEmpty()) {
      linux.put("mountLabel", security.selinuxMountLabel());
    }
    seccomp(linux, security, capabilities);
    annotations(root, spec.annotations());
    return root;
  }

  /**
   * crun takes orders from annotations, to run hooks or to drop its filter: those are not passed.
   */
  private static void annotations(ObjectNode root, Map<String, String> all) {
    all.forEach(
        (name, value) -> {
          if (!name.startsWith(CompiledPolicies.CRUN)) {
            root.withObjectProperty("annotations").put(name, value);
          }
        });
  }

  private static void sysctls(ObjectNode linux, ContainerSpec spec) {
    Map<String, String> all = new TreeMap<>(spec.sysctls());
    if (!spec.domainname().isEmpty() && spec.namespaces().uts().isEmpty()) {
      // A field of its own came with OCI 1.1, which older runtimes pass over.
      all.putIfAbsent("kernel.domainname", spec.domainname());
    }
    if (!all.isEmpty()) {
      ObjectNode sysctl = linux.putObject("sysctl");
      all.forEach(sysctl::put);
    }
  }

  private void seccomp(ObjectNode linux, Security security, Set<Capability> capabilities)
      throws IOException {
    String wanted = security.seccomp();
    if (wanted.stripLeading().startsWith("{")) {
      // One given in words counts for a privileged container too, as with dockerd.
      SeccompProfile.parse(wanted)
          .select(capabilities)
          .ifPresent(policy -> linux.set("seccomp", policy));
      return;
    }
    if (security.privileged() || wanted.equals("unconfined")) {
      return;
    }
    if (wanted.equals("default") || wanted.isEmpty()) {
      linux.set("seccomp", seccomp.of(capabilities));
      return;
    }
    Path file = Path.of(wanted);
    if (!Files.isReadable(file)) {
      throw new EngineException(
          EngineException.Code.INVALID, "There is no seccomp profile " + file + " to read");
    }
    SeccompProfile.parse(Files.readString(file))
        .select(capabilities)
        .ifPresent(policy -> linux.set("seccomp", policy));
  }

  private ObjectNode process(ContainerSpec spec, Path rootfs, Set<Capability> capabilities)
      throws IOException {
    Security security = spec.security();
    Users.Found user = Users.resolve(rootfs, spec.user());
    ObjectNode process = JsonMapper.shared().createObjectNode();
    process.put("terminal", spec.tty());
    if (spec.tty() && spec.terminalColumns() > 0 && spec.terminalRows() > 0) {
      process
          .putObject("consoleSize")
          .put("height", spec.terminalRows())
          .put("width", spec.terminalColumns());
    }
    putUser(process, user);
    ArrayNode args = process.putArray("args");
    if (spec.init() && spec.namespaces().pid().isEmpty()) {
      args.add(InitProgram.INSIDE).add("--");
    }
    strings(args, spec.args());
    strings(process.putArray("env"), environment(spec.env(), user.home(), spec.tty()));
    process.put("cwd", spec.workingDir().isEmpty() ? "/" : spec.workingDir());
    putCapabilities(process, capabilities);
    process.put("noNewPrivileges", security.noNewPrivileges());
    process.put("oomScoreAdj", oomScoreAdj(spec.resources().oomScoreAdj()));
    if (!spec.rlimits().isEmpty()) {
      ArrayNode rlimits = process.putArray("rlimits");
      spec.rlimits().forEach((name, limit) -> rlimit(rlimits.addObject(), name, limit));
    }
    apparmor(security).ifPresent(profile -> process.put("apparmorProfile", profile));
    if (!security.selinuxLabel().isEmpty()
        && !security.selinuxLabel().equals(SelinuxLabels.DISABLE)) {
      process.put("selinuxLabel", security.selinuxLabel());
    }
    return process;
  }

  /**
   * A process to run in a container that exists: like its first one but for what is asked.
   *
   * @param config the container's own config.json
   */
  public ObjectNode exec(
      ObjectNode config,
      Path rootfs,
      List<String> command,
      List<String> moreEnv,
      String user,
      String workingDir,
      boolean tty,
      boolean privileged)
      throws IOException {
    ObjectNode process = config.path("process").asObject().deepCopy();
    process.put("terminal", tty);
    process.remove("args");
    strings(process.putArray("args"), command);
    List<String> env = new ArrayList<>();
    process.path("env").forEach(node -> env.add(node.asString("")));
    String home = "/";
    if (!user.isEmpty()) {
      Users.Found found = Users.resolve(rootfs, new ContainerSpec.User(user, List.of()));
      putUser(process, found);
      home = found.home();
      env.removeIf(entry -> entry.startsWith("HOME="));
    }
    for (String entry : moreEnv) {
      String key = entry.substring(0, entry.indexOf('=') + 1);
      env.removeIf(old -> !key.isEmpty() && old.startsWith(key));
      env.add(entry);
    }
    process.remove("env");
    strings(process.putArray("env"), environment(env, home, tty));
    if (!workingDir.isEmpty()) {
      process.put("cwd", workingDir);
    }
    if (privileged) {
      putCapabilities(process, bounding);
      process.put("noNewPrivileges", false);
    }
    return process;
  }

  private static void putUser(ObjectNode process, Users.Found user) {
    ObjectNode node = process.putObject("user");
    node.put("uid", user.uid());
    node.put("gid", user.gid());
    if (!user.additionalGids().isEmpty()) {
      ArrayNode gids = node.putArray("additionalGids");
      user.additionalGids().forEach(gids::add);
    }
  }

  private static void putCapabilities(ObjectNode process, Set<Capability> capabilities) {
    ObjectNode node = process.putObject("capabilities");
    for (String set : List.of("bounding", "effective", "permitted")) {
      ArrayNode array = node.putArray(set);
      capabilities.forEach(capability -> array.add(capability.fullName()));
    }
  }

  private static List<String> environment(List<String> given, String home, boolean tty) {
    List<String> env = new ArrayList<>(given);
    if (given.stream().noneMatch(entry -> entry.startsWith("PATH="))) {
      env.add(DEFAULT_PATH);
    }
    if (given.stream().noneMatch(entry -> entry.startsWith("HOME="))) {
      env.add("HOME=" + home);
    }
    if (tty && given.stream().noneMatch(entry -> entry.startsWith("TERM="))) {
      env.add("TERM=xterm");
    }
    return env;
  }

  /** Without CAP_SYS_RESOURCE nobody can go below what he has himself (proc(5)). */
  private int oomScoreAdj(int wanted) {
    return mayRaise ? wanted : Math.max(wanted, ownOomScoreAdj);
  }

  private void rlimit(ObjectNode node, String name, ContainerSpec.Rlimit wanted) {
    String full = name.toUpperCase(Locale.ROOT);
    if (!full.startsWith("RLIMIT_")) {
      full = "RLIMIT_" + full;
    }
    long hard = wanted.hard();
    long soft = wanted.soft();
    if (!mayRaise) {
      Rlimits.Limit own;
      try {
        own = Rlimits.get(0, Rlimits.Resource.valueOf(full.substring(7)));
      } catch (IllegalArgumentException e) {
        throw new EngineException(
            EngineException.Code.INVALID, "There is no limit called " + name, e);
      }
      hard = lower(hard, own.hard());
      soft = lower(soft, hard);
    }
    node.put("type", full);
    node.put("soft", BigInteger.valueOf(soft).and(UNSIGNED));
    node.put("hard", BigInteger.valueOf(hard).and(UNSIGNED));
  }

  private static long lower(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? a : b;
  }

  private static void namespaces(ArrayNode array, ContainerSpec.Namespaces namespaces) {
    array.addObject().put("type", "mount");
    namespace(array, "network", namespaces.network());
    namespace(array, "ipc", namespaces.ipc().equals("none") ? "" : namespaces.ipc());
    namespace(array, "uts", namespaces.uts());
    namespace(array, "pid", namespaces.pid());
    namespace(array, "cgroup", namespaces.cgroup());
  }

  /** A host without AppArmor passes profiles over, as dockerd does; a runtime would refuse them. */
  private static Optional<String> apparmor(Security security) {
    String asked = security.apparmor();
    if (!AppArmor.isEnabled() || asked.equals(AppArmor.UNCONFINED)) {
      return Optional.empty();
    }
    if (!asked.isEmpty()) {
      return Optional.of(asked);
    }
    return security.privileged() || !AppArmor.load()
        ? Optional.empty()
        : Optional.of(AppArmor.DEFAULT);
  }

  private static void users(ObjectNode linux, ArrayNode namespaces, UserMapping users) {
    if (users.isHost()) {
      return;
    }
    namespace(namespaces, "user", users.namespace());
    // A runtime wants the ids of a namespace that exists too: it has to find root in it.
    ranges(linux.putArray("uidMappings"), users.uids());
    ranges(linux.putArray("gidMappings"), users.gids());
  }

  private static void ranges(ArrayNode array, List<UserMapping.IdRange> ranges) {
    for (UserMapping.IdRange range : ranges) {
      array
          .addObject()
          .put("containerID", range.container())
          .put("hostID", range.host())
          .put("size", range.size());
    }
  }

  private static void namespace(ArrayNode array, String type, String value) {
    if (value.equals("host")) {
      return;
    }
    ObjectNode node = array.addObject().put("type", type);
    if (!value.isEmpty()) {
      node.put("path", value);
    }
  }

  /** The limits alone, as {@code update} of a runtime wants them. */
  public ObjectNode resources(Resources limits) {
    ObjectNode node = JsonMapper.shared().createObjectNode();
    resources.write(node, limits);
    return node;
  }

  static void strings(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }

  /** A document as bytes. */
  public static byte[] bytes(ObjectNode document) {
    return JsonMapper.shared().writeValueAsBytes(document);
  }

  /** Reads a document back. */
  public static ObjectNode read(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readAllBytes(file)).asObject();
  }
}
