"""A guestbook: GET / shows it, POST / signs it. Reads from the redis followers, writes to the leader.

All configuration comes from the environment: REDIS_LEADER and REDIS_FOLLOWER (HOST:PORT),
REDIS_PASSWORD, GUESTBOOK_TITLE, GUESTBOOK_VERSION.
"""
import html
import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ENTRIES = "guestbook"


def redis(address, *words):
    """One command to a redis server (RESP); its answer as str, int, list or None."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        stream = connection.makefile("rwb")

        def send(*parts):
            stream.write(b"*%d\r\n" % len(parts))
            for part in parts:
                data = part.encode()
                stream.write(b"$%d\r\n%s\r\n" % (len(data), data))
            stream.flush()
            return read()

        def read():
            line = stream.readline().rstrip(b"\r\n")
            kind, rest = line[:1], line[1:]
            if kind == b"+":
                return rest.decode()
            if kind == b":":
                return int(rest)
            if kind == b"$":
                size = int(rest)
                return None if size < 0 else stream.read(size + 2)[:-2].decode()
            if kind == b"*":
                return [read() for _ in range(int(rest))]
            raise RuntimeError("redis says " + rest.decode())

        send("AUTH", os.environ["REDIS_PASSWORD"])
        return send(*words)


class Guestbook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, "text/plain", "ok\n")
        try:
            entries = redis(os.environ["REDIS_FOLLOWER"], "LRANGE", ENTRIES, "0", "49")
        except (OSError, RuntimeError) as problem:
            return self.answer(503, "text/plain", f"no redis: {problem}\n")
        items = "".join(f"<li>{html.escape(entry)}</li>" for entry in entries)
        page = f"""<!doctype html><title>{html.escape(os.environ["GUESTBOOK_TITLE"])}</title>
<h1>{html.escape(os.environ["GUESTBOOK_TITLE"])}</h1>
<form method="post"><input name="entry" autofocus><button>Sign</button></form>
<ul>{items}</ul>
<p>version {os.environ["GUESTBOOK_VERSION"]}, served by {socket.gethostname()}</p>
"""
        self.answer(200, "text/html; charset=utf-8", page)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        entry = form.get("entry", [""])[0].strip()[:200]
        try:
            if entry:
                redis(os.environ["REDIS_LEADER"], "LPUSH", ENTRIES, entry)
        except (OSError, RuntimeError) as problem:
            return self.answer(503, "text/plain", f"no redis: {problem}\n")
        self.answer(303, "text/plain", "signed\n", {"Location": "/"})

    def answer(self, code, kind, text, more=None):
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *args):
        if "/healthz" not in self.path:
            print(self.address_string(), form % args, flush=True)


def main():
    server = ThreadingHTTPServer(("", 8000), Guestbook)
    # Python as process 1 would ignore SIGTERM: finish what is under way, then end.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("guestbook version", os.environ["GUESTBOOK_VERSION"], flush=True)
    server.serve_forever()


main()
