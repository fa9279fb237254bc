package dev.mokha.node;

/** A node to try things with by hand; says where kubectl finds it, and ends with its input. */
final class RunNode {
  private RunNode() {}

  public static void main(String[] args) throws Exception {
    try (TestNode node = TestNode.start()) {
      org.slf4j.LoggerFactory.getLogger(RunNode.class)
          .info("KUBECONFIG={} kubelet port {}", node.kubeconfig(), node.kubeletPort());
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }
}
