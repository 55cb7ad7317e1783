# A proxy that serves nothing and counts who asked: prints its port, then a line for each connection.
# SPDX-License-Identifier: MIT
import socket
import sys

with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()
        client.settimeout(2)
        try:
            asked = client.recv(200)
        except OSError:
            asked = b""
        client.close()
        print(asked.split(b"\r\n")[0].decode("ascii", "replace"), flush=True)
        sys.stdout.flush()
