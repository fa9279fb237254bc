package dev.mokha.docker.logging;

import dev.mokha.docker.http.DockerException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A line as a syslog message (RFC 3164, RFC 5424). Errors have the severity 3, output 6.
 *
 * @param style how it looks
 * @param facility 0 to 23
 * @param hostname this machine
 * @param tag which container
 * @param pid ours
 * @param counted whether messages begin with their length (RFC 5425, 4.3), as over TLS
 */
record SyslogFormat(
    Style style, int facility, String hostname, String tag, long pid, boolean counted) {
  private static final List<String> FACILITIES =
      List.of(
          "kern",
          "user",
          "mail",
          "daemon",
          "auth",
          "syslog",
          "lpr",
          "news",
          "uucp",
          "cron",
          "authpriv",
          "ftp",
          "12",
          "13",
          "14",
          "15",
          "local0",
          "local1",
          "local2",
          "local3",
          "local4",
          "local5",
          "local6",
          "local7");
  private static final Map<String, String> NONE = Map.of("12", "", "13", "", "14", "", "15", "");
  private static final int DAEMON = 3;
  private static final int ERROR = 3;
  private static final int INFORMATION = 6;

  /** How messages look. */
  enum Style {
    /** RFC 3164 without the host's name: what a machine's own syslog takes. */
    LOCAL("", "MMM ppd HH:mm:ss"),
    RFC3164("rfc3164", "MMM ppd HH:mm:ss"),
    RFC5424("rfc5424", "yyyy-MM-dd'T'HH:mm:ssXXX"),
    RFC5424_MICRO("rfc5424micro", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX");

    private final String option;
    private final DateTimeFormatter time;

    Style(String option, String time) {
      this.option = option;
      this.time = DateTimeFormatter.ofPattern(time, Locale.ROOT).withZone(ZoneId.systemDefault());
    }

    static Style of(String option) {
      for (Style style : values()) {
        if (style.option.equals(option)) {
          return style;
        }
      }
      throw DockerException.invalid("Invalid syslog format");
    }
  }

  /** The number of a facility, which may be given as a number. */
  static int facility(String text) {
    if (text.isEmpty()) {
      return DAEMON;
    }
    int known = NONE.containsKey(text) ? -1 : FACILITIES.indexOf(text);
    if (known >= 0) {
      return known;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= 0 && number < FACILITIES.size()) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls to the refusal.
    }
    throw DockerException.invalid("invalid syslog facility");
  }

  byte[] message(LogLine line) {
    int priority = facility * 8 + (line.error() ? ERROR : INFORMATION);
    String time = style.time.format(line.time());
    String head =
        switch (style) {
          case LOCAL -> "<%d>%s %s[%d]: ".formatted(priority, time, tag, pid);
          case RFC3164 -> "<%d>%s %s %s[%d]: ".formatted(priority, time, hostname, tag, pid);
          case RFC5424, RFC5424_MICRO ->
              "<%d>1 %s %s %s %d %s - ".formatted(priority, time, hostname, tag, pid, tag);
        };
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    message.writeBytes(line.text());
    if (!counted) {
      message.write('\n');
      return message.toByteArray();
    }
    message.write('\n');
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    framed.writeBytes((message.size() + " ").getBytes(StandardCharsets.US_ASCII));
    framed.writeBytes(message.toByteArray());
    return framed.toByteArray();
  }
}
