package dev.mokha.junit;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import dev.mokha.scheduler.Scheduler;
import dev.mokha.server.ApiServer;
import dev.mokha.server.authentication.UserInfo;
import java.util.List;

/** The scheduler and what it reads. */
final class SchedulerLoop implements AutoCloseable {
  private final Informers informers;
  private final Scheduler scheduler;

  private SchedulerLoop(Informers informers, Scheduler scheduler) {
    this.informers = informers;
    this.scheduler = scheduler;
  }

  static SchedulerLoop start(ApiServer server) {
    ApiClient client =
        server.client(UserInfo.authenticated("system:kube-scheduler", List.of()), "kube-scheduler");
    Informers informers = Informers.of(client);
    return new SchedulerLoop(informers, Scheduler.start(client, informers));
  }

  @Override
  public void close() {
    scheduler.close();
    informers.close();
  }
}
