package dev.mokha.node.http;

import java.util.List;
import java.util.Map;

/**
 * Who calls.
 *
 * @param user the name
 * @param uid may be empty
 * @param groups the groups
 * @param extra more that the authenticator knows
 */
record Caller(String user, String uid, List<String> groups, Map<String, List<String>> extra) {}
