package dev.mokha.api.openapi;

import static dev.mokha.api.openapi.ApiOperation.Parameter.path;
import static dev.mokha.api.openapi.ApiOperation.Parameter.query;

import dev.mokha.api.openapi.ApiOperation.Parameter;
import java.util.List;
import java.util.Map;

/** The parameters of the paths. */
final class Parameters {
  static final Parameter NAME = path("name", "The object's name.");
  static final Parameter NAMESPACE = path("namespace", "The namespace that the object is in.");
  static final Parameter REST = path("path", "The path that the request goes on with.");
  static final Parameter PRETTY =
      query("pretty", "string", "Anything but false asks for output that is easy to read.");

  private static final Parameter DRY_RUN =
      query("dryRun", "string", "All does everything but store the result.");
  private static final Parameter FIELD_MANAGER =
      query("fieldManager", "string", "The name under which the changed fields are owned.");
  private static final Parameter FIELD_VALIDATION =
      query(
          "fieldValidation",
          "string",
          "What happens to unknown and duplicate fields: Ignore, Warn or Strict.");
  private static final Parameter FORCE =
      query("force", "boolean", "An apply takes fields over that others own.");
  private static final Parameter SELECTOR =
      query("labelSelector", "string", "Only objects whose labels match.");
  private static final Parameter FIELD_SELECTOR =
      query("fieldSelector", "string", "Only objects whose fields match.");
  private static final Parameter CONTINUE =
      query("continue", "string", "Goes on with a list where its last page ended.");
  private static final Parameter LIMIT =
      query("limit", "integer", "At most so many objects in one page.");
  private static final Parameter REVISION =
      query("resourceVersion", "string", "The revision that the answer must be at or after.");
  private static final Parameter REVISION_MATCH =
      query(
          "resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan.");
  private static final Parameter INITIAL_EVENTS =
      query("sendInitialEvents", "boolean", "A watch begins with what is there already.");
  private static final Parameter TIMEOUT =
      query("timeoutSeconds", "integer", "The request ends after so many seconds.");
  private static final Parameter WATCH =
      query("watch", "boolean", "Stream changes instead of giving a list.");
  private static final Parameter BOOKMARKS =
      query("allowWatchBookmarks", "boolean", "A watch may send bookmarks.");
  private static final Parameter GRACE =
      query("gracePeriodSeconds", "integer", "How long the object has to end; 0 is at once.");
  private static final Parameter IGNORE_UNREADABLE =
      query(
          "ignoreStoreReadErrorWithClusterBreakingPotential",
          "boolean",
          "Delete even an object that can't be read any more.");
  private static final Parameter ORPHAN =
      query("orphanDependents", "boolean", "The older form of propagationPolicy.");
  private static final Parameter PROPAGATION =
      query(
          "propagationPolicy",
          "string",
          "What becomes of dependents: Orphan, Background or Foreground.");

  static final List<Parameter> LISTING =
      List.of(
          BOOKMARKS,
          CONTINUE,
          FIELD_SELECTOR,
          SELECTOR,
          LIMIT,
          REVISION,
          REVISION_MATCH,
          INITIAL_EVENTS,
          TIMEOUT,
          WATCH);
  static final List<Parameter> WRITING = List.of(DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION);
  static final List<Parameter> PATCHING = List.of(DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION, FORCE);
  static final List<Parameter> DELETING =
      List.of(DRY_RUN, GRACE, IGNORE_UNREADABLE, ORPHAN, PROPAGATION);
  static final List<Parameter> DELETING_MANY =
      List.of(
          CONTINUE,
          DRY_RUN,
          FIELD_SELECTOR,
          GRACE,
          IGNORE_UNREADABLE,
          SELECTOR,
          LIMIT,
          ORPHAN,
          PROPAGATION,
          REVISION,
          REVISION_MATCH,
          INITIAL_EVENTS,
          TIMEOUT);

  private static final Parameter CONTAINER =
      query("container", "string", "Which container; may be left out when there is only one.");
  private static final Parameter STDERR = query("stderr", "boolean", "Give the error output.");
  private static final Parameter STDIN = query("stdin", "boolean", "Give input.");
  private static final Parameter STDOUT = query("stdout", "boolean", "Give the output.");
  private static final Parameter TTY = query("tty", "boolean", "Use a terminal.");

  /** Of the subresources that have parameters of their own, by name. */
  static final Map<String, List<Parameter>> OF_SUBRESOURCE =
      Map.of(
          "attach", List.of(CONTAINER, STDERR, STDIN, STDOUT, TTY),
          "exec",
              List.of(
                  query("command", "string", "The command; given once for each of its words."),
                  CONTAINER,
                  STDERR,
                  STDIN,
                  STDOUT,
                  TTY),
          "portforward", List.of(query("ports", "integer", "The ports to forward.")),
          "proxy", List.of(query("path", "string", "The path that the request goes on with.")),
          "log",
              List.of(
                  CONTAINER,
                  query("follow", "boolean", "Stay and stream what is written."),
                  query(
                      "insecureSkipTLSVerifyBackend",
                      "boolean",
                      "Do not check the node's certificate."),
                  query("limitBytes", "integer", "At most so many bytes."),
                  query("previous", "boolean", "The log of the container before this one."),
                  query("sinceSeconds", "integer", "Only what is not older."),
                  query("stream", "string", "All, Stdout or Stderr."),
                  query("tailLines", "integer", "Only so many lines from the end."),
                  query("timestamps", "boolean", "Begin each line with its time.")));

  private Parameters() {}
}
