package dev.mokha.server.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClient;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.SocketAddress;
import java.util.function.Function;

/**
 * Where a request is passed on to.
 *
 * @param http for requests and their answers
 * @param sockets for upgraded connections
 * @param tls whether the sockets speak TLS, which every connection must say for itself
 * @param address where to connect
 * @param host the name that the other end has, also in its certificate
 * @param uri path and query there
 * @param upgradeMethod the method of an upgrade
 * @param headers what is added to the client's own headers
 * @param unreachable what the client is told when the other end can't be reached
 * @param done called when the answer has been passed on, or there will be none; may be called twice
 */
record FarEnd(
    HttpClient http,
    NetClient sockets,
    boolean tls,
    SocketAddress address,
    String host,
    String uri,
    String upgradeMethod,
    MultiMap headers,
    Function<Throwable, Reply> unreachable,
    Runnable done) {}
