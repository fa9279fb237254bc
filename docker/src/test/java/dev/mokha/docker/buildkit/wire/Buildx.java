package dev.mokha.docker.buildkit.wire;

import com.google.protobuf.ByteString;
import dev.mokha.docker.http.Duplex;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Plays docker buildx against a daemon's socket: a connection on which it calls, and sessions on
 * which it is called. The directories, secrets and credentials it hands over are maps.
 */
public final class Buildx implements AutoCloseable {
  private final Path socket;
  private final Rpcs rpcs = new Rpcs();
  private final List<SocketChannel> sockets = new ArrayList<>();
  private final Peer peer;

  /** Directories by name, and in each the files by path; what ends in a slash is a directory. */
  public final Map<String, Map<String, String>> directories = new ConcurrentHashMap<>();

  /** Secrets by id. */
  public final Map<String, String> secrets = new ConcurrentHashMap<>();

  /** User and password by host. */
  public final Map<String, List<String>> credentials = new ConcurrentHashMap<>();

  /** What it was asked, in words. */
  public final List<String> asked = java.util.Collections.synchronizedList(new ArrayList<>());

  /** What it got: files by path, or one file by the name "". */
  public final Map<String, String> received = new TreeMap<>();

  /** Packets that are sent instead of the files of a directory. */
  public List<Message> hostile = List.of();

  /** Connects. */
  public Buildx(Path socket) {
    this.socket = socket;
    try {
      this.peer = rpcs.ask(hijack("/grpc", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The status line of an upgrade, and the connection behind it. */
  private Duplex hijack(String path, String headers) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    sockets.add(channel);
    channel.connect(UnixDomainSocketAddress.of(socket));
    String head =
        "POST " + path + " HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n";
    channel.write(ByteBuffer.wrap((head + headers + "\r\n").getBytes(StandardCharsets.US_ASCII)));
    StringBuilder answer = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (answer.indexOf("\r\n\r\n") < 0) {
      if (channel.read(one.clear()) < 0) {
        throw new IOException("no answer: " + answer);
      }
      answer.append((char) one.get(0));
    }
    if (!answer.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException(answer.substring(0, answer.indexOf("\r\n")));
    }
    return new Socket(channel);
  }

  private record Socket(SocketChannel channel) implements Duplex {
    @Override
    public InputStream in() {
      return Channels.newInputStream(channel);
    }

    @Override
    public OutputStream out() {
      return Channels.newOutputStream(channel);
    }

    @Override
    public void closeOutput() {
      try {
        channel.shutdownOutput();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** An open session. */
  public final class Session implements AutoCloseable {
    private final String id;
    private final Duplex duplex;
    private final Thread thread;

    private Session(String id) throws IOException {
      this.id = id;
      StringBuilder headers = new StringBuilder("X-Docker-Expose-Session-Uuid: " + id + "\r\n");
      for (ServerServiceDefinition service : services()) {
        service
            .getMethods()
            .forEach(
                method ->
                    headers
                        .append("X-Docker-Expose-Session-Grpc-Method: /")
                        .append(method.getMethodDescriptor().getFullMethodName())
                        .append("\r\n"));
      }
      this.duplex = hijack("/session", headers.toString());
      this.thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      rpcs.serve(duplex, services());
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
    }

    /** Its id. */
    public String id() {
      return id;
    }

    @Override
    public void close() {
      duplex.close();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Opens a session. */
  public Session session() {
    return session(UUID.randomUUID().toString());
  }

  /** Opens a session with an id. */
  public Session session(String id) {
    try {
      return new Session(id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Calls the daemon. */
  public Message call(String service, String method, String build, Message request)
      throws IOException, InterruptedException {
    Metadata headers = new Metadata();
    headers.put(Rpc.header("buildkit-controlapi-buildid"), build);
    return peer.call(service, method, request, headers);
  }

  /** Calls the daemon for a stream. */
  public List<Message> stream(String service, String method, Message request)
      throws IOException, InterruptedException {
    List<Message> all = new ArrayList<>();
    try (ClientStream stream = peer.converse(service, method, Map.of())) {
      stream.write(request);
      stream.end();
      for (Message next = stream.read(); next != null; next = stream.read()) {
        all.add(next);
      }
    }
    return all;
  }

  private List<ServerServiceDefinition> services() {
    return List.of(
        new Service("moby.buildkit.secrets.v1.Secrets", e -> failure(e))
            .unary("GetSecret", (request, call) -> secret(request.text(1)))
            .definition(),
        new Service("moby.filesync.v1.Auth", e -> failure(e))
            .unary("Credentials", (request, call) -> credentials(request.text(1)))
            .definition(),
        bidi("moby.filesync.v1.FileSync", FileGiver::new),
        bidi("moby.filesync.v1.FileSend", FileTaker::new));
  }

  private static Failure failure(Throwable e) {
    return e instanceof Failure known ? known : new Failure(Failure.Code.UNKNOWN, "" + e);
  }

  private Message secret(String id) {
    asked.add("secret " + id);
    if (!secrets.containsKey(id)) {
      throw new Failure(Failure.Code.NOT_FOUND, "no secret " + id);
    }
    return Message.of().data(1, Message.utf8(secrets.get(id))).build();
  }

  private Message credentials(String host) {
    asked.add("credentials " + host);
    List<String> both = credentials.getOrDefault(host, List.of("", ""));
    return Message.of().text(1, both.get(0)).text(2, both.get(1)).build();
  }

  /** Answers one conversation. */
  private interface Conversation {
    StreamObserver<Message> begin(Metadata headers, StreamObserver<Message> answers);
  }

  private ServerServiceDefinition bidi(String service, Conversation conversation) {
    return ServerServiceDefinition.builder(service)
        .addMethod(
            Rpc.method(MethodDescriptor.MethodType.BIDI_STREAMING, service, "DiffCopy"),
            (call, headers) ->
                ServerCalls.<Message, Message>asyncBidiStreamingCall(
                        answers -> conversation.begin(headers, answers))
                    .startCall(call, headers))
        .build();
  }

  /** Sends a directory's files. */
  private final class FileGiver implements StreamObserver<Message> {
    private final StreamObserver<Message> answers;
    private final List<String> names = new ArrayList<>();
    private final Map<String, String> files;

    FileGiver(Metadata headers, StreamObserver<Message> answers) {
      this.answers = answers;
      String name = headers.get(Rpc.header("dir-name"));
      List<String> only = values(headers, "followpaths");
      List<String> not = values(headers, "exclude-patterns");
      asked.add("files " + name + " " + only + " " + not);
      this.files = directories.getOrDefault(name, Map.of());
      if (!hostile.isEmpty() && only.isEmpty()) {
        hostile.forEach(answers::onNext);
        return;
      }
      for (String path : new TreeMap<>(files).keySet()) {
        String plain = path.replaceFirst("/$", "");
        if ((only.isEmpty() || only.contains(plain)) && !not.contains(plain)) {
          names.add(path);
          boolean directory = path.endsWith("/");
          answers.onNext(
              Message.of()
                  .message(
                      2,
                      Message.of()
                          .text(1, plain)
                          .number(2, directory ? (1L << 31) | 0755 : 0644)
                          .number(5, files.get(path).getBytes(StandardCharsets.UTF_8).length)
                          .build())
                  .build());
        }
      }
      answers.onNext(Message.EMPTY);
    }

    private static List<String> values(Metadata headers, String name) {
      List<String> all = new ArrayList<>();
      Iterable<String> values = headers.getAll(Rpc.header(name));
      if (values != null) {
        values.forEach(all::add);
      }
      return all;
    }

    @Override
    public void onNext(Message packet) {
      switch ((int) packet.number(1)) {
        case 1 -> {
          int id = (int) packet.number(3);
          ByteString text = ByteString.copyFromUtf8(files.get(names.get(id)));
          for (int at = 0; at < text.size(); at += 1 << 15) {
            ByteString piece = text.substring(at, Math.min(text.size(), at + (1 << 15)));
            answers.onNext(Message.of().number(1, 2).number(3, id).data(4, piece).build());
          }
          answers.onNext(Message.of().number(1, 2).number(3, id).build());
        }
        case 3 -> {
          answers.onNext(Message.of().number(1, 3).build());
          answers.onCompleted();
        }
        case 4 ->
            answers.onError(Status.UNKNOWN.withDescription(packet.text(4)).asRuntimeException());
        default -> answers.onError(Status.INTERNAL.asRuntimeException());
      }
    }

    @Override
    public void onError(Throwable t) {
      asked.add("given up");
    }

    @Override
    public void onCompleted() {
      // The end is ours to say.
    }
  }

  /** Takes files, or one file in pieces. */
  private final class FileTaker implements StreamObserver<Message> {
    private final StreamObserver<Message> answers;
    private final boolean tree;
    private final List<String> names = new ArrayList<>();
    private int open;
    private boolean named;

    FileTaker(Metadata headers, StreamObserver<Message> answers) {
      this.answers = answers;
      this.tree = "0".equals(headers.get(Rpc.header("buildkit-attachable-exporter-id")));
    }

    @Override
    public void onNext(Message packet) {
      if (!tree) {
        received.merge("", packet.data(1).toString(StandardCharsets.ISO_8859_1), String::concat);
        return;
      }
      switch ((int) packet.number(1)) {
        case 0 -> {
          if (!packet.has(2)) {
            named = true;
          } else {
            Message stat = packet.message(2);
            boolean directory = (stat.number(2) & (1L << 31)) != 0;
            received.put(stat.text(1) + (directory ? "/" : ""), "");
            names.add(stat.text(1));
            if (stat.number(2) >> 12 == 0) {
              open++;
              answers.onNext(Message.of().number(1, 1).number(3, names.size() - 1).build());
            }
          }
        }
        case 2 -> {
          if (packet.data(4).isEmpty()) {
            open--;
          } else {
            received.merge(
                names.get((int) packet.number(3)), packet.data(4).toStringUtf8(), String::concat);
          }
        }
        case 3 -> answers.onCompleted();
        default -> answers.onError(Status.INTERNAL.asRuntimeException());
      }
      if (named && open == 0) {
        named = false;
        answers.onNext(Message.of().number(1, 3).build());
      }
    }

    @Override
    public void onError(Throwable t) {
      // Nothing to give back.
    }

    @Override
    public void onCompleted() {
      if (!tree) {
        answers.onCompleted();
      }
    }
  }

  /** Goes away without a word. */
  public void vanish() {
    sockets.forEach(
        channel -> {
          try {
            channel.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public void close() {
    peer.close();
    vanish();
    rpcs.close();
  }
}
