#!/usr/bin/env python3
"""A server of files whose first folder says how it misbehaves: data_server.py FOLDER LOG.

Prints its port; logs "MODE FILE RANGE" for each request. Ends when its standard input does.
SPDX-License-Identifier: MIT
"""
import http.server
import os
import re
import sys
import threading

folder, log = sys.argv[1:3]
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def do_GET(self):
        mode, name = self.path.strip("/").split("/")[-2:]
        asked = self.headers.get("Range", "-")
        with open(log, "a", encoding="utf-8") as out:
            print(mode, name, asked, file=out)
        count = seen[self.path] = seen.get(self.path, 0) + 1
        if mode == "missing" or not os.path.exists(os.path.join(folder, name)):
            return self.send_error(404)
        if mode == "busy" and count <= 2 and name.startswith("train-images"):
            return self.send_error(503)
        if mode == "moved":
            self.send_response(302)
            self.send_header("Location", "/whole/" + name)
            return self.end_headers()
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if mode == "wrong":
            data = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        begin = 0
        found = re.fullmatch(r"bytes=(\d+)-", asked)
        if found and mode not in ("norange", "cutnorange"):
            begin = int(found[1])
            if begin >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        body = data[begin:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mode in ("cut", "stall", "cutnorange") and (count == 1 or mode == "cutnorange") and len(body) > 1000:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if mode == "stall":
                threading.Event().wait(20)
            return None
        self.wfile.write(body)
        return None


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
