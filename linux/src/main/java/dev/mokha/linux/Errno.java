package dev.mokha.linux;

/** The kernel's error numbers, as x86-64 and AArch64 have them (asm-generic/errno.h). */
public enum Errno {
  /** Operation not permitted. */
  EPERM(1, "operation not permitted"),
  /** No such file or directory. */
  ENOENT(2, "no such file or directory"),
  /** No such process. */
  ESRCH(3, "no such process"),
  /** Interrupted system call. */
  EINTR(4, "interrupted system call"),
  /** Input/output error. */
  EIO(5, "input/output error"),
  /** No such device or address. */
  ENXIO(6, "no such device or address"),
  /** Argument list too long. */
  E2BIG(7, "argument list too long"),
  /** Exec format error. */
  ENOEXEC(8, "exec format error"),
  /** Bad file descriptor. */
  EBADF(9, "bad file descriptor"),
  /** No child processes. */
  ECHILD(10, "no child processes"),
  /** Resource temporarily unavailable. */
  EAGAIN(11, "resource temporarily unavailable"),
  /** Cannot allocate memory. */
  ENOMEM(12, "cannot allocate memory"),
  /** Permission denied. */
  EACCES(13, "permission denied"),
  /** Bad address. */
  EFAULT(14, "bad address"),
  /** Block device required. */
  ENOTBLK(15, "block device required"),
  /** Device or resource busy. */
  EBUSY(16, "device or resource busy"),
  /** File exists. */
  EEXIST(17, "file exists"),
  /** Invalid cross-device link. */
  EXDEV(18, "invalid cross-device link"),
  /** No such device. */
  ENODEV(19, "no such device"),
  /** Not a directory. */
  ENOTDIR(20, "not a directory"),
  /** Is a directory. */
  EISDIR(21, "is a directory"),
  /** Invalid argument. */
  EINVAL(22, "invalid argument"),
  /** Too many open files in system. */
  ENFILE(23, "too many open files in system"),
  /** Too many open files. */
  EMFILE(24, "too many open files"),
  /** Inappropriate ioctl for device. */
  ENOTTY(25, "inappropriate ioctl for device"),
  /** Text file busy. */
  ETXTBSY(26, "text file busy"),
  /** File too large. */
  EFBIG(27, "file too large"),
  /** No space left on device. */
  ENOSPC(28, "no space left on device"),
  /** Illegal seek. */
  ESPIPE(29, "illegal seek"),
  /** Read-only file system. */
  EROFS(30, "read-only file system"),
  /** Too many links. */
  EMLINK(31, "too many links"),
  /** Broken pipe. */
  EPIPE(32, "broken pipe"),
  /** Numerical argument out of domain. */
  EDOM(33, "numerical argument out of domain"),
  /** Numerical result out of range. */
  ERANGE(34, "numerical result out of range"),
  /** Resource deadlock avoided. */
  EDEADLK(35, "resource deadlock avoided"),
  /** File name too long. */
  ENAMETOOLONG(36, "file name too long"),
  /** No locks available. */
  ENOLCK(37, "no locks available"),
  /** Function not implemented. */
  ENOSYS(38, "function not implemented"),
  /** Directory not empty. */
  ENOTEMPTY(39, "directory not empty"),
  /** Too many levels of symbolic links. */
  ELOOP(40, "too many levels of symbolic links"),
  /** No data available. */
  ENODATA(61, "no data available"),
  /** Protocol error. */
  EPROTO(71, "protocol error"),
  /** Value too large for defined data type. */
  EOVERFLOW(75, "value too large for defined data type"),
  /** Too many users. */
  EUSERS(87, "too many users"),
  /** Socket operation on non-socket. */
  ENOTSOCK(88, "socket operation on non-socket"),
  /** Destination address required. */
  EDESTADDRREQ(89, "destination address required"),
  /** Message too long. */
  EMSGSIZE(90, "message too long"),
  /** Protocol not supported. */
  EPROTONOSUPPORT(93, "protocol not supported"),
  /** Operation not supported. */
  EOPNOTSUPP(95, "operation not supported"),
  /** Address family not supported by protocol. */
  EAFNOSUPPORT(97, "address family not supported by protocol"),
  /** Address already in use. */
  EADDRINUSE(98, "address already in use"),
  /** Cannot assign requested address. */
  EADDRNOTAVAIL(99, "cannot assign requested address"),
  /** Network is down. */
  ENETDOWN(100, "network is down"),
  /** Network is unreachable. */
  ENETUNREACH(101, "network is unreachable"),
  /** Software caused connection abort. */
  ECONNABORTED(103, "software caused connection abort"),
  /** Connection reset by peer. */
  ECONNRESET(104, "connection reset by peer"),
  /** No buffer space available. */
  ENOBUFS(105, "no buffer space available"),
  /** Transport endpoint is already connected. */
  EISCONN(106, "transport endpoint is already connected"),
  /** Transport endpoint is not connected. */
  ENOTCONN(107, "transport endpoint is not connected"),
  /** Connection timed out. */
  ETIMEDOUT(110, "connection timed out"),
  /** Connection refused. */
  ECONNREFUSED(111, "connection refused"),
  /** Host is down. */
  EHOSTDOWN(112, "host is down"),
  /** No route to host. */
  EHOSTUNREACH(113, "no route to host"),
  /** Operation already in progress. */
  EALREADY(114, "operation already in progress"),
  /** Operation now in progress. */
  EINPROGRESS(115, "operation now in progress"),
  /** Stale file handle. */
  ESTALE(116, "stale file handle"),
  /** Structure needs cleaning. */
  EUCLEAN(117, "structure needs cleaning"),
  /** Disk quota exceeded. */
  EDQUOT(122, "disk quota exceeded"),
  /** Operation canceled. */
  ECANCELED(125, "operation canceled"),
  /** A number that is not named here. */
  OTHER(0, "unknown error");

  private static final Errno[] BY_NUMBER = new Errno[134];

  static {
    for (Errno errno : values()) {
      BY_NUMBER[errno.number] = errno;
    }
  }

  private final int number;
  private final String description;

  Errno(int number, String description) {
    this.number = number;
    this.description = description;
  }

  /** Its number; 0 of {@link #OTHER}. */
  public int number() {
    return number;
  }

  /** It in a few words. */
  public String description() {
    return description;
  }

  /** The error of that number. */
  public static Errno of(int number) {
    Errno found = number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    return found == null ? OTHER : found;
  }
}
