package dev.mokha.network;

import dev.mokha.client.ApiClient;
import dev.mokha.client.informer.Informers;
import java.net.InetAddress;

final class LinuxHostNetwork implements HostNetwork {
  LinuxHostNetwork(Config config) {
    throw new UnsupportedOperationException();
  }

  @Override
  public PodNetwork pods() {
    return null;
  }

  @Override
  public void start(ApiClient client, Informers informers) {}

  @Override
  public InetAddress dnsAddress() {
    return null;
  }

  @Override
  public void close() {}

  @Override
  public void wipe() {}
}
