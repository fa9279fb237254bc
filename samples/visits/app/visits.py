"""Counts visits in redis: GET / adds one and shows the count, GET /healthz says whether it can.

Configuration: REDIS (HOST:PORT), GREETING.
"""
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def redis(*words):
    """One command (RESP), for answers of one line."""
    host, port = os.environ["REDIS"].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=2) as connection:
        connection.sendall(
            b"*%d\r\n" % len(words)
            + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        )
        return connection.makefile("rb").readline().strip()[1:].decode()


class Visits(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            if self.path == "/healthz":
                text = redis(b"PING")
            else:
                text = f"{os.environ['GREETING']} {redis(b'INCR', b'visits')} ({socket.gethostname()})"
            self.answer(200, text)
        except OSError as problem:
            self.answer(503, f"no redis: {problem}")

    def answer(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    print("listening on 8000", flush=True)
    ThreadingHTTPServer(("", 8000), Visits).serve_forever()
