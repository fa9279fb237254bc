package dev.mokha.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/docker.md lists what the API answers: neither more nor less. */
class EndpointListTest {
  private static final Pattern ENDPOINT = Pattern.compile("(GET|HEAD|POST|PUT|DELETE) (/\\S+)");

  private static Path page() {
    Path here = Path.of("docs/docker.md").toAbsolutePath();
    return Files.exists(here) ? here : Path.of("../docs/docker.md");
  }

  /** The rows of the table: what it names, and what it says of it. */
  private static List<String[]> rows() throws IOException {
    List<String[]> rows = new ArrayList<>();
    for (String line : Files.readAllLines(page())) {
      String[] cells = line.split("\\|");
      if (cells.length == 3 && ENDPOINT.matcher(cells[1].strip()).lookingAt()) {
        rows.add(new String[] {cells[1].strip(), cells[2].strip()});
      }
    }
    return rows;
  }

  private static Set<String> listed() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String[] row : rows()) {
      for (String word : row[0].split(", ")) {
        Matcher matcher = ENDPOINT.matcher(word);
        assertThat(matcher.matches()).as(word + " is a method and a path").isTrue();
        assertThat(listed.add(plain(word))).as(word + " is listed once").isTrue();
      }
    }
    return listed;
  }

  /** Parameters have other names here and there. */
  private static String plain(String endpoint) {
    return endpoint.replaceAll("\\{[^}]*}", "{}").replaceAll("(?<=.)/$", "");
  }

  @Test
  void theListIsWhatIsAnswered() throws IOException {
    Set<String> answered = new TreeSet<>();
    try (TestDocker docker = new TestDocker()) {
      docker.endpoints().forEach(endpoint -> answered.add(plain(endpoint)));
    }
    assertThat(listed()).containsExactlyInAnyOrderElementsOf(answered);
  }

  @Test
  void onlySwarmAndPluginsAreMissing() throws IOException {
    assertThat(rows()).hasSizeGreaterThan(60);
    for (String[] row : rows()) {
      assertThat(row[1]).as(row[0]).matches("(done|answered|not)\\b.*");
      if (row[1].startsWith("not")) {
        assertThat(row[0]).matches(".*/(plugins|swarm|nodes|services|tasks|secrets|configs)\\b.*");
      }
    }
  }
}
