package dev.mokha.docker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLSocket;

/** A TLS connection; the client's certificate says who connected. */
final class TlsWire implements Wire {
  private static final int HANDSHAKE_MILLIS = 10_000;

  private final SSLSocket socket;
  private final InputStream in;
  private final OutputStream out;
  private final Caller caller;

  /** Shakes hands. */
  TlsWire(SSLSocket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(HANDSHAKE_MILLIS); // or whoever says nothing would keep the connection
    socket.startHandshake();
    socket.setSoTimeout(0);
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    this.caller = caller((X509Certificate) socket.getSession().getPeerCertificates()[0]);
  }

  private static Caller caller(X509Certificate certificate) throws IOException {
    String name = "";
    List<String> organizations = new ArrayList<>();
    try {
      for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
        if (rdn.getType().equalsIgnoreCase("CN") && rdn.getValue() instanceof String text) {
          name = text;
        } else if (rdn.getType().equalsIgnoreCase("O") && rdn.getValue() instanceof String text) {
          organizations.add(text);
        }
      }
    } catch (InvalidNameException e) {
      throw new IOException("The client's certificate has no proper subject", e);
    }
    if (name.isEmpty()) {
      throw new IOException("The client's certificate names nobody");
    }
    return new Caller(Caller.Kind.CERTIFICATE, name, organizations, false);
  }

  @Override
  public Caller caller() {
    return caller;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return in.read(bytes, offset, length);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    out.flush();
  }

  @Override
  public void closeOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is given back all the same.
    }
  }
}
