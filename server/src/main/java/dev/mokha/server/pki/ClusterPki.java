package dev.mokha.server.pki;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The cluster's own authority and everything it vouches for.
 *
 * <pre>{@code
 * ClusterPki pki = ClusterPki.open(dataDirectory.resolve("pki"), Clock.systemUTC());
 * ServerPki server = pki.server(List.of("10.0.0.5", "host1"), "10.43.0.1", "cluster.local");
 * KeyAndCertificates admin = pki.admin();
 * }</pre>
 *
 * <p>Files, all with mode 0600: {@code FORMAT}; {@code ca.pem} and each certificate with its key in
 * one file, the chain first; {@code ca.crt}, the authority's certificate alone, to be handed out;
 * {@code front-proxy-ca.pem}, the authority behind which only the server itself stands when it
 * speaks to extension servers for its users; {@code service-account.key}. What is asked for is read
 * from its file while it fits (right names, this authority, more than a third of its life left),
 * else made anew; so asking again, at every start and every day, is all that renewal takes.
 */
public final class ClusterPki {
  /** The only common name of the front-proxy authority whose headers are believed. */
  public static final String FRONT_PROXY = "front-proxy-client";

  private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
  private static final Duration LIFETIME = Duration.ofDays(365);
  private static final String SERVICE_ACCOUNT_KEY = "service-account.key";
  private static final String SERVICE_ACCOUNT_EARLIER = "service-account.earlier.pub";
  private static final String SERVICE_ACCOUNT_PUBLIC = "service-account.pub";

  private final PkiFiles files;
  private final Clock clock;
  private final CertificateAuthority authority;
  private final CertificateAuthority frontProxyAuthority;
  private final KeyPair serviceAccountKey;
  private final Optional<SharedPki> shared;
  private EncryptionKeyFile encryptionKeys;

  private ClusterPki(PkiFiles files, Clock clock, Optional<SharedPki> shared)
      throws GeneralSecurityException {
    this.files = files;
    this.clock = clock;
    this.shared = shared;
    this.authority = openAuthority("ca", "mokha-ca");
    this.frontProxyAuthority = openAuthority("front-proxy-ca", "mokha-front-proxy-ca");
    this.serviceAccountKey = openServiceAccountKey();
  }

  /**
   * Reads the directory, and makes what it lacks.
   *
   * @throws PkiException when a file is damaged, newer than this program or not ours to use
   */
  public static ClusterPki open(Path directory, Clock clock) {
    return open(directory, clock, Optional.empty());
  }

  /** The same with what several servers share. */
  static ClusterPki open(Path directory, Clock clock, Optional<SharedPki> shared) {
    try {
      return new ClusterPki(
          new PkiDirectory(directory.toAbsolutePath().normalize()), requireNonNull(clock), shared);
    } catch (GeneralSecurityException e) {
      throw new PkiException(
          "the keys in %s can't be used: %s".formatted(directory, e.getMessage()), e);
    }
  }

  /** New keys that are written nowhere and end with the process, for tests. */
  public static ClusterPki inMemory(Clock clock) {
    try {
      return new ClusterPki(new PkiMemory(), requireNonNull(clock), Optional.empty());
    } catch (GeneralSecurityException e) {
      throw new PkiException("no keys can be made: " + e.getMessage(), e);
    }
  }

  private CertificateAuthority openAuthority(String file, String name)
      throws GeneralSecurityException {
    Optional<KeyAndCertificates> kept = files.readPair(file);
    if (kept.isPresent()) {
      return new CertificateAuthority(kept.get(), clock);
    }
    CertificateAuthority made = CertificateAuthority.create(name, AUTHORITY_LIFETIME, clock);
    files.writePair(file, made.authority());
    files.write(file + ".crt", Pem.certificates(List.of(made.certificate())));
    return made;
  }

  private KeyPair openServiceAccountKey() throws GeneralSecurityException {
    if (files.has(SERVICE_ACCOUNT_KEY)) {
      return new KeyPair(
          Pem.readPublicKey(files.read(SERVICE_ACCOUNT_PUBLIC)),
          Pem.readPrivateKey(files.read(SERVICE_ACCOUNT_KEY)));
    }
    KeyPair made = CertificateAuthority.newKeyPair();
    files.write(SERVICE_ACCOUNT_PUBLIC, Pem.publicKey(made.getPublic()));
    files.write(SERVICE_ACCOUNT_KEY, Pem.privateKey(made.getPrivate()));
    return made;
  }

  /** What all servers of a cluster must have alike: texts by the names of their files. */
  Map<String, String> sharedFiles() {
    Map<String, String> shared = new TreeMap<>();
    for (String name : SharedPki.SHARED) {
      if (files.has(name)) {
        shared.put(name, files.read(name));
      }
    }
    return shared;
  }

  /** The authority. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** The authority's certificate, in text. */
  public String authorityPem() {
    return pem(authority);
  }

  /**
   * The certificate of the authority that vouches for {@link #frontProxyClient}, in text: extension
   * servers believe the user names in the headers of whoever shows a certificate of it.
   */
  public String frontProxyAuthorityPem() {
    return pem(frontProxyAuthority);
  }

  private static String pem(CertificateAuthority authority) {
    try {
      return Pem.certificates(List.of(authority.certificate()));
    } catch (GeneralSecurityException e) {
      throw new PkiException("the authority's certificate can't be encoded", e);
    }
  }

  /** The keys of what is encrypted in the store; made at the first call. */
  public synchronized EncryptionKeyFile encryptionKeys() {
    if (encryptionKeys == null) {
      encryptionKeys = new EncryptionKeyFile(files, clock, shared);
    }
    return encryptionKeys;
  }

  /** Keys whose service-account tokens are still good though they sign no more. */
  public List<PublicKey> earlierServiceAccountKeys() {
    if (!files.has(SERVICE_ACCOUNT_EARLIER)) {
      return List.of();
    }
    try {
      return Pem.readPublicKeys(files.read(SERVICE_ACCOUNT_EARLIER));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new PkiException(
          "%s is damaged: %s; restore it from a backup"
              .formatted(files.file(SERVICE_ACCOUNT_EARLIER), e.getMessage()),
          e);
    }
  }

  /**
   * Makes a new key that signs the tokens of service accounts from the next start on. The one
   * before goes on to verify.
   */
  public synchronized void rotateServiceAccountKey() {
    try {
      StringBuilder earlier = new StringBuilder(files.read(SERVICE_ACCOUNT_PUBLIC));
      for (PublicKey key : earlierServiceAccountKeys()) {
        earlier.append(Pem.publicKey(key));
      }
      KeyPair made = CertificateAuthority.newKeyPair();
      // The old key verifies before the new one signs, whatever happens between the two.
      files.write(SERVICE_ACCOUNT_EARLIER, earlier.toString());
      files.write(SERVICE_ACCOUNT_PUBLIC, Pem.publicKey(made.getPublic()));
      files.write(SERVICE_ACCOUNT_KEY, Pem.privateKey(made.getPrivate()));
    } catch (GeneralSecurityException e) {
      throw new PkiException("no new key can be made: " + e.getMessage(), e);
    }
  }

  /** What signs the tokens of service accounts. */
  public KeyPair serviceAccountKey() {
    return serviceAccountKey;
  }

  /**
   * What the API server needs.
   *
   * @param names host names and IP addresses of this machine that clients use
   * @param serviceAddress the first address of the service range
   * @param clusterDomain such as {@code cluster.local}
   */
  public ServerPki server(Collection<String> names, String serviceAddress, String clusterDomain) {
    Set<String> all = new LinkedHashSet<>(List.of("localhost", "127.0.0.1", "::1"));
    all.addAll(names);
    all.add("kubernetes");
    all.add("kubernetes.default");
    all.add("kubernetes.default.svc");
    all.add("kubernetes.default.svc." + clusterDomain);
    all.add(serviceAddress);
    KeyAndCertificates serving = pair("apiserver", serving("kube-apiserver", all));
    // With the authority in the chain, a machine that knows its hash alone can verify the server.
    KeyAndCertificates shown =
        new KeyAndCertificates(
            serving.key(), List.of(serving.certificate(), authority.certificate()));
    List<X509Certificate> trusted = List.of(authority.certificate());
    return new ServerPki(
        shown,
        trusted,
        kubeletClient(),
        trusted,
        frontProxyClient(),
        List.of(frontProxyAuthority.certificate()));
  }

  /** What the API server shows extension servers when it passes on a user's request. */
  public KeyAndCertificates frontProxyClient() {
    return pair(frontProxyAuthority, "front-proxy-client", Subject.client(FRONT_PROXY));
  }

  /** The cluster's administrator, a member of {@code system:masters}. */
  public KeyAndCertificates admin() {
    return pair("admin", Subject.client("kubernetes-admin", "system:masters"));
  }

  /** What the API server shows kubelets. */
  public KeyAndCertificates kubeletClient() {
    return pair(
        "apiserver-kubelet-client",
        Subject.client("kube-apiserver-kubelet-client", "system:masters"));
  }

  /** The controller manager. */
  public KeyAndCertificates controllerManager() {
    return pair("controller-manager", Subject.client("system:kube-controller-manager"));
  }

  /** The scheduler. */
  public KeyAndCertificates scheduler() {
    return pair("scheduler", Subject.client("system:kube-scheduler"));
  }

  /** The service proxy and cluster DNS of every node. */
  public KeyAndCertificates proxy() {
    return pair("kube-proxy", Subject.client("system:kube-proxy"));
  }

  /**
   * The image registry.
   *
   * @param names host names and IP addresses that clients use
   */
  public KeyAndCertificates registry(Collection<String> names) {
    KeyAndCertificates own = pair("registry", serving("mokha-registry", names));
    // With the authority in the chain, a client can be shown whom to trust.
    return new KeyAndCertificates(own.key(), List.of(own.certificate(), authority.certificate()));
  }

  /** A node, as a client. */
  public KeyAndCertificates kubelet(String node) {
    return pair("kubelet-" + node, Subject.client("system:node:" + node, "system:nodes"));
  }

  /** A node, as a server. */
  public KeyAndCertificates kubeletServing(String node, Collection<String> names) {
    Set<String> all = new LinkedHashSet<>(List.of(node));
    all.addAll(names);
    return pair("kubelet-serving-" + node, serving("system:node:" + node, all).in("system:nodes"));
  }

  private static Subject serving(String commonName, Collection<String> names) {
    List<String> dns = names.stream().filter(n -> !isAddress(n)).toList();
    List<String> addresses = names.stream().filter(ClusterPki::isAddress).toList();
    return Subject.server(commonName, dns, addresses);
  }

  private static boolean isAddress(String name) {
    return name.indexOf(':') >= 0 || name.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  }

  private KeyAndCertificates pair(String file, Subject subject) {
    return pair(authority, file, subject);
  }

  private synchronized KeyAndCertificates pair(
      CertificateAuthority authority, String file, Subject subject) {
    if (file.indexOf('/') >= 0 || file.startsWith(".")) {
      throw new IllegalArgumentException("not a name for a certificate: " + file);
    }
    Optional<KeyAndCertificates> kept = files.readPair(file);
    if (kept.isPresent() && fits(authority, kept.get().certificate(), subject)) {
      return kept.get();
    }
    try {
      KeyAndCertificates made = authority.issue(subject, LIFETIME);
      files.writePair(file, made);
      return made;
    } catch (GeneralSecurityException e) {
      throw new PkiException("the certificate " + file + " can't be made: " + e.getMessage(), e);
    }
  }

  private boolean fits(
      CertificateAuthority authority, X509Certificate certificate, Subject subject) {
    try {
      certificate.verify(authority.certificate().getPublicKey());
    } catch (GeneralSecurityException e) {
      return false;
    }
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    Instant renewal = to.minus(Duration.between(from, to).dividedBy(3));
    boolean lastingAuthority = authority.certificate().getNotAfter().toInstant().isAfter(to);
    if (clock.instant().isAfter(lastingAuthority ? renewal : to)) {
      return false;
    }
    return alternativeNames(certificate).containsAll(wanted(subject));
  }

  private static Set<String> wanted(Subject subject) {
    Set<String> names = new HashSet<>(subject.dnsNames());
    subject.addresses().forEach(a -> names.add(canonical(a)));
    return names;
  }

  private static Set<String> alternativeNames(X509Certificate certificate) {
    Set<String> names = new HashSet<>();
    try {
      var found = certificate.getSubjectAlternativeNames();
      if (found != null) {
        found.forEach(entry -> names.add(canonical(String.valueOf(entry.get(1)))));
      }
    } catch (CertificateParsingException e) {
      return Set.of();
    }
    return names;
  }

  private static String canonical(String name) {
    if (!isAddress(name)) {
      return name;
    }
    try {
      return InetAddress.getByName(name).getHostAddress();
    } catch (UnknownHostException e) {
      return name;
    }
  }
}
