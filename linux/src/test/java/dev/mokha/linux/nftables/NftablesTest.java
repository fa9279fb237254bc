package dev.mokha.linux.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokha.linux.FileDescriptor;
import dev.mokha.linux.Namespaces;
import dev.mokha.linux.Namespaces.Kind;
import dev.mokha.linux.Root;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NftablesTest {
  @BeforeEach
  void root() {
    Root.required();
  }

  @Test
  void aTransactionIsAllOrNothingAndStaysInItsNamespace() {
    Nftables nft = Namespaces.callInNew(List.of(Kind.NET), Nftables::new);
    try (nft) {
      nft.run("add table ip mkt\nadd set ip mkt s { type inet_proto . inet_service; }");
      nft.run("add element ip mkt s { 6 . 80 }");
      assertThatThrownBy(
              () -> nft.run("add element ip mkt s { 6 . 81 }\nadd element ip mkt none { 1 }"))
          .isInstanceOf(NftablesException.class)
          .hasMessageContaining("none");
      assertThat(nft.list("list set ip mkt s")).contains("[6, 80]").doesNotContain("81");
      Nftables other = Namespaces.callInNew(List.of(Kind.NET), Nftables::new);
      try (other) {
        assertThat(other.list("list tables")).doesNotContain("mkt");
      }
    }
  }

  /** Without low numbers kept back the process would end here, not the test alone. */
  @Test
  void aContextMadeWhileThousandsOfFilesAreOpenWorks() {
    try (Nftables before = new Nftables()) {
      before.list("list tables");
      List<FileDescriptor> open = new ArrayList<>();
      try {
        for (int i = 0; i < 2_000; i++) {
          open.add(FileDescriptor.open(Path.of("/dev/null"), FileDescriptor.READ_ONLY));
        }
        for (int i = 0; i < 50; i++) {
          Nftables nft = Namespaces.callInNew(List.of(Kind.NET), Nftables::new);
          try (nft) {
            nft.run("add table ip mkt");
            assertThat(nft.list("list tables")).contains("mkt");
          }
        }
      } finally {
        open.forEach(FileDescriptor::close);
      }
    }
  }
}
