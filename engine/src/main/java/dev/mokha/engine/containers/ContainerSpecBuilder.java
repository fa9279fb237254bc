package dev.mokha.engine.containers;

import dev.mokha.engine.containers.ContainerSpec.Device;
import dev.mokha.engine.containers.ContainerSpec.Mount;
import dev.mokha.engine.containers.ContainerSpec.Namespaces;
import dev.mokha.engine.containers.ContainerSpec.Rlimit;
import dev.mokha.engine.containers.ContainerSpec.User;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Makes a specification; every setting has Docker's default. */
public final class ContainerSpecBuilder {
  private String id = "";
  private String owner = "";
  private Map<String, String> labels = Map.of();
  private String image = "";
  private Path rootfs;
  private List<String> args = List.of();
  private List<String> env = List.of();
  private String workingDir = "";
  private User user = User.ROOT;
  private String hostname = "";
  private Namespaces namespaces = Namespaces.PRIVATE;
  private List<Mount> mounts = List.of();
  private List<Device> devices = List.of();
  private Resources resources = Resources.NONE;
  private String cgroupParent = "";
  private Security security = Security.DEFAULT;
  private Map<String, String> sysctls = Map.of();
  private Map<String, Rlimit> rlimits = Map.of();
  private boolean tty;
  private boolean stdin;
  private boolean stdinOnce;
  private Path logPath;
  private long logMaxBytes;
  private int logMaxFiles;
  private int stopSignal;
  private String domainname = "";
  private boolean init;
  private List<String> deviceRules = List.of();
  private long shmBytes;
  private UserMapping users = UserMapping.HOST;
  private Supervision supervision = Supervision.NONE;
  private boolean ephemeral;
  private int terminalColumns;
  private int terminalRows;
  private Map<String, String> annotations = Map.of();

  ContainerSpecBuilder() {}

  ContainerSpecBuilder(ContainerSpec from) {
    id = from.id();
    owner = from.owner();
    labels = from.labels();
    image = from.image();
    rootfs = from.rootfs();
    args = from.args();
    env = from.env();
    workingDir = from.workingDir();
    user = from.user();
    hostname = from.hostname();
    namespaces = from.namespaces();
    mounts = from.mounts();
    devices = from.devices();
    resources = from.resources();
    cgroupParent = from.cgroupParent();
    security = from.security();
    sysctls = from.sysctls();
    rlimits = from.rlimits();
    tty = from.tty();
    stdin = from.stdin();
    stdinOnce = from.stdinOnce();
    logPath = from.logPath();
    logMaxBytes = from.logMaxBytes();
    logMaxFiles = from.logMaxFiles();
    stopSignal = from.stopSignal();
    domainname = from.domainname();
    init = from.init();
    deviceRules = from.deviceRules();
    shmBytes = from.shmBytes();
    users = from.users();
    supervision = from.supervision();
    ephemeral = from.ephemeral();
    annotations = from.annotations();
    terminalColumns = from.terminalColumns();
    terminalRows = from.terminalRows();
  }

  /** Sets {@link ContainerSpec#id}. */
  public ContainerSpecBuilder id(String value) {
    id = value;
    return this;
  }

  /** Sets {@link ContainerSpec#owner}. */
  public ContainerSpecBuilder owner(String value) {
    owner = value;
    return this;
  }

  /** Sets {@link ContainerSpec#labels}. */
  public ContainerSpecBuilder labels(Map<String, String> value) {
    labels = value;
    return this;
  }

  /** Sets {@link ContainerSpec#image}. */
  public ContainerSpecBuilder image(String value) {
    image = value;
    return this;
  }

  /** Sets {@link ContainerSpec#rootfs}. */
  public ContainerSpecBuilder rootfs(Path value) {
    rootfs = value;
    return this;
  }

  /** Sets {@link ContainerSpec#args}. */
  public ContainerSpecBuilder args(List<String> value) {
    args = value;
    return this;
  }

  /** Sets {@link ContainerSpec#env}. */
  public ContainerSpecBuilder env(List<String> value) {
    env = value;
    return this;
  }

  /** Sets {@link ContainerSpec#workingDir}. */
  public ContainerSpecBuilder workingDir(String value) {
    workingDir = value;
    return this;
  }

  /** Sets {@link ContainerSpec#user}. */
  public ContainerSpecBuilder user(User value) {
    user = value;
    return this;
  }

  /** Sets {@link ContainerSpec#hostname}. */
  public ContainerSpecBuilder hostname(String value) {
    hostname = value;
    return this;
  }

  /** Sets {@link ContainerSpec#namespaces}. */
  public ContainerSpecBuilder namespaces(Namespaces value) {
    namespaces = value;
    return this;
  }

  /** Sets {@link ContainerSpec#mounts}. */
  public ContainerSpecBuilder mounts(List<Mount> value) {
    mounts = value;
    return this;
  }

  /** Sets {@link ContainerSpec#devices}. */
  public ContainerSpecBuilder devices(List<Device> value) {
    devices = value;
    return this;
  }

  /** Sets {@link ContainerSpec#resources}. */
  public ContainerSpecBuilder resources(Resources value) {
    resources = value;
    return this;
  }

  /** Sets {@link ContainerSpec#cgroupParent}. */
  public ContainerSpecBuilder cgroupParent(String value) {
    cgroupParent = value;
    return this;
  }

  /** Sets {@link ContainerSpec#security}. */
  public ContainerSpecBuilder security(Security value) {
    security = value;
    return this;
  }

  /** Sets {@link ContainerSpec#sysctls}. */
  public ContainerSpecBuilder sysctls(Map<String, String> value) {
    sysctls = value;
    return this;
  }

  /** Sets {@link ContainerSpec#rlimits}. */
  public ContainerSpecBuilder rlimits(Map<String, Rlimit> value) {
    rlimits = value;
    return this;
  }

  /** Sets {@link ContainerSpec#tty}. */
  public ContainerSpecBuilder tty(boolean value) {
    tty = value;
    return this;
  }

  /** Sets {@link ContainerSpec#stdin}. */
  public ContainerSpecBuilder stdin(boolean value) {
    stdin = value;
    return this;
  }

  /** Sets {@link ContainerSpec#stdinOnce}. */
  public ContainerSpecBuilder stdinOnce(boolean value) {
    stdinOnce = value;
    return this;
  }

  /** Sets {@link ContainerSpec#logPath}. */
  public ContainerSpecBuilder logPath(Path value) {
    logPath = value;
    return this;
  }

  /** Sets {@link ContainerSpec#logMaxBytes}. */
  public ContainerSpecBuilder logMaxBytes(long value) {
    logMaxBytes = value;
    return this;
  }

  /** Sets {@link ContainerSpec#logMaxFiles}. */
  public ContainerSpecBuilder logMaxFiles(int value) {
    logMaxFiles = value;
    return this;
  }

  /** Sets {@link ContainerSpec#stopSignal}. */
  public ContainerSpecBuilder stopSignal(int value) {
    stopSignal = value;
    return this;
  }

  /** Sets {@link ContainerSpec#domainname}. */
  public ContainerSpecBuilder domainname(String value) {
    domainname = value;
    return this;
  }

  /** Sets {@link ContainerSpec#init}. */
  public ContainerSpecBuilder init(boolean value) {
    init = value;
    return this;
  }

  /** Sets {@link ContainerSpec#deviceRules}. */
  public ContainerSpecBuilder deviceRules(List<String> value) {
    deviceRules = value;
    return this;
  }

  /** Sets {@link ContainerSpec#shmBytes}. */
  public ContainerSpecBuilder shmBytes(long value) {
    shmBytes = value;
    return this;
  }

  /** Sets {@link ContainerSpec#users}. */
  public ContainerSpecBuilder users(UserMapping value) {
    users = value;
    return this;
  }

  /** Sets {@link ContainerSpec#supervision}. */
  public ContainerSpecBuilder supervision(Supervision value) {
    supervision = value;
    return this;
  }

  /** Sets {@link ContainerSpec#annotations}. */
  public ContainerSpecBuilder annotations(Map<String, String> value) {
    annotations = value;
    return this;
  }

  /** Sets {@link ContainerSpec#ephemeral}. */
  public ContainerSpecBuilder ephemeral(boolean value) {
    ephemeral = value;
    return this;
  }

  /** Sets {@link ContainerSpec#terminalColumns} and {@link ContainerSpec#terminalRows}. */
  public ContainerSpecBuilder terminalSize(int columns, int rows) {
    terminalColumns = columns;
    terminalRows = rows;
    return this;
  }

  /** The specification. */
  public ContainerSpec build() {
    return new ContainerSpec(
        id,
        owner,
        labels,
        image,
        rootfs,
        args,
        env,
        workingDir,
        user,
        hostname,
        namespaces,
        mounts,
        devices,
        resources,
        cgroupParent,
        security,
        sysctls,
        rlimits,
        tty,
        stdin,
        stdinOnce,
        logPath,
        logMaxBytes,
        logMaxFiles,
        stopSignal,
        domainname,
        init,
        deviceRules,
        shmBytes,
        users,
        supervision,
        annotations,
        ephemeral,
        terminalColumns,
        terminalRows);
  }
}
