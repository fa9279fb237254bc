package dev.mokha.docker.buildkit.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;

/** Netty's in-memory channels, which take options of sockets for done: grpc-java sets some. */
final class MemoryChannels {
  private MemoryChannels() {}

  /** One end. */
  static final class Connected extends LocalChannel {
    private final ChannelConfig config = new Config(this);

    Connected() {}

    private Connected(Listening parent, LocalChannel peer) {
      super(parent, peer);
    }

    @Override
    public ChannelConfig config() {
      return config == null ? super.config() : config; // null while it is made
    }
  }

  /** What ends come from. */
  static final class Listening extends LocalServerChannel {
    @Override
    protected LocalChannel newLocalChannel(LocalChannel peer) {
      return new Connected(this, peer);
    }
  }

  private static final class Config extends DefaultChannelConfig {
    Config(Channel channel) {
      super(channel);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
      return super.setOption(option, value) || option.equals(ChannelOption.SO_KEEPALIVE);
    }
  }
}
