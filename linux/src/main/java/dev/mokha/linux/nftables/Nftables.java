package dev.mokha.linux.nftables;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mokha.linux.NativeFunction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A libnftables context. It stays in the network namespace of the thread that opened it, whatever
 * thread uses it later. Safe for many threads, one at a time.
 *
 * <pre>{@code
 * try (Nftables nft = new Nftables()) {
 *   nft.run("add table ip t\nadd set ip t s { type ipv4_addr; }");
 *   JsonNode tree = MAPPER.readTree(nft.list("list set ip t s"));
 * }
 * }</pre>
 */
public final class Nftables implements AutoCloseable {
  private static final int OUTPUT_JSON = 1 << 4;
  private static final int OUTPUT_NUMERIC = 0b1111 << 7;
  private static final int SHOWN_OF_COMMANDS = 400;

  private final Calls calls = Calls.load();
  private final ReentrantLock lock = new ReentrantLock();
  private long context;

  /** The library, loaded when the first context is made: without root nothing needs it. */
  private record Calls(
      NativeFunction create,
      NativeFunction free,
      NativeFunction bufferOutput,
      NativeFunction bufferError,
      NativeFunction setFlags,
      NativeFunction run,
      NativeFunction output,
      NativeFunction error) {
    private static Calls loaded;

    static synchronized Calls load() {
      if (loaded == null) {
        SymbolLookup library;
        try {
          library = SymbolLookup.libraryLookup("libnftables.so.1", Arena.global());
        } catch (IllegalArgumentException e) {
          throw new NftablesException(
              "libnftables.so.1 is not there; install the package libnftables1 or nftables");
        }
        loaded =
            new Calls(
                NativeFunction.of(library, "nft_ctx_new", 1, JAVA_LONG),
                NativeFunction.ofVoid(library, "nft_ctx_free", 1),
                NativeFunction.of(library, "nft_ctx_buffer_output", 1, JAVA_INT),
                NativeFunction.of(library, "nft_ctx_buffer_error", 1, JAVA_INT),
                NativeFunction.ofVoid(library, "nft_ctx_output_set_flags", 2),
                NativeFunction.of(library, "nft_run_cmd_from_buffer", 2, JAVA_INT),
                NativeFunction.of(library, "nft_ctx_get_output_buffer", 1, JAVA_LONG),
                NativeFunction.of(library, "nft_ctx_get_error_buffer", 1, JAVA_LONG));
      }
      return loaded;
    }
  }

  /** Opens a context in the calling thread's namespace. */
  public Nftables() {
    context = LowDescriptors.create(() -> calls.create.plainCall(0), calls.free::plainCall);
    if (context == 0) {
      throw new NftablesException("libnftables could not be set up: is there memory left?");
    }
    calls.bufferOutput.plainCall(context);
    calls.bufferError.plainCall(context);
  }

  /**
   * Runs commands in nft's own language as one transaction: all or none.
   *
   * @throws NftablesException when they are refused
   */
  public void run(String commands) {
    call(commands, OUTPUT_NUMERIC);
  }

  /**
   * Runs commands and returns what they print, as JSON (libnftables-json(5)); empty for nothing.
   */
  public String list(String commands) {
    return call(commands, OUTPUT_NUMERIC | OUTPUT_JSON);
  }

  private String call(String commands, int flags) {
    lock.lock();
    try (Arena arena = Arena.ofConfined()) {
      if (context == 0) {
        throw new IllegalStateException("The context is closed");
      }
      calls.setFlags.plainCall(context, flags);
      MemorySegment text = arena.allocateFrom(commands, StandardCharsets.UTF_8);
      long result = calls.run.plainCall(context, text.address());
      String output = string(calls.output.plainCall(context));
      String error = string(calls.error.plainCall(context));
      if (result != 0) {
        throw new NftablesException(
            "nftables refused a change: " + error.strip() + "\nin: " + shortened(commands));
      }
      return output;
    } finally {
      lock.unlock();
    }
  }

  private static String shortened(String commands) {
    return commands.length() <= SHOWN_OF_COMMANDS
        ? commands
        : commands.substring(0, SHOWN_OF_COMMANDS) + " ... (" + commands.length() + " characters)";
  }

  private static String string(long address) {
    return address == 0
        ? ""
        : MemorySegment.ofAddress(address)
            .reinterpret(Long.MAX_VALUE)
            .getString(0, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (context != 0) {
        calls.free.plainCall(context);
        context = 0;
        LowDescriptors.keep();
      }
    } finally {
      lock.unlock();
    }
  }
}
