package dev.mokha.docker.containers;

import dev.mokha.engine.containers.Container;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.node.ObjectNode;

/** One container of a Docker client: its record, and the engine's container. */
public final class DockerContainer {
  private final Container engine;
  private final CompletableFuture<Integer> gone = new CompletableFuture<>();
  private volatile ContainerRecord record;
  private volatile Container.Status told = Container.Status.CREATED;
  private volatile boolean removing;
  private volatile boolean kept;

  DockerContainer(ContainerRecord record, Container engine) {
    this.record = record;
    this.engine = engine;
    this.told = engine.state().status();
  }

  /** 64 hexadecimal digits. */
  public String id() {
    return record.id();
  }

  /** Its name, without a slash. */
  public String name() {
    return record.name();
  }

  /** What is on record of it now. */
  public ContainerRecord record() {
    return record;
  }

  /** What the engine has. */
  public Container engine() {
    return engine;
  }

  /** Whether it runs, frozen or not. */
  public boolean isRunning() {
    Container.Status status = engine.state().status();
    return status == Container.Status.RUNNING || status == Container.Status.PAUSED;
  }

  /** Whether it has a terminal. */
  public boolean tty() {
    return engine.spec().tty();
  }

  /** Its labels. */
  public Map<String, String> labels() {
    return dev.mokha.docker.http.Json.stringMap(record.config(), "Labels");
  }

  /** Docker's HostConfig. */
  public ObjectNode hostConfig() {
    return record.hostConfig();
  }

  /** Whether it is removed by itself when it has exited. */
  public boolean autoRemove() {
    return dev.mokha.docker.http.Json.flag(record.hostConfig(), "AutoRemove");
  }

  /** Completes with the last exit code when it is removed. */
  public CompletableFuture<Integer> gone() {
    return gone;
  }

  void record(ContainerRecord changed) {
    record = changed;
  }

  /** The status that was last told to listeners; sets the new one. */
  Container.Status tell(Container.Status now) {
    Container.Status before = told;
    told = now;
    return before;
  }

  boolean removing() {
    return removing;
  }

  void removing(boolean now) {
    removing = now;
  }

  /** Whether it stays although it has exited and removes itself: it is being restarted. */
  boolean kept() {
    return kept;
  }

  void keep(boolean now) {
    kept = now;
  }
}
