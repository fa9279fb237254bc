package dev.mokha.engine.runtime;

/** Takes a device number apart as the C library's major(3) and minor(3) do. */
final class DeviceNumber {
  private DeviceNumber() {}

  static long major(long number) {
    return number >>> 8 & 0xfff | number >>> 32 & ~0xfffL;
  }

  static long minor(long number) {
    return number & 0xff | number >>> 12 & ~0xffL;
  }
}
