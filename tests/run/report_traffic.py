# A proxy that serves nothing and tells who asked: prints its port, then the first line of each request. A browser opens
# connections ahead of need; one on which nothing was asked is no request.
# SPDX-License-Identifier: MIT
import socket
import threading


def note(client):
    with client:
        client.settimeout(60)
        try:
            asked = client.recv(200).split(b"\r\n")[0].decode("ascii", "replace")
        except OSError:
            return
        if asked:
            print(asked, flush=True)


with socket.socket() as server:
    server.bind(("127.0.0.1", 0))
    server.listen(64)
    print(server.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=note, args=(server.accept()[0],), daemon=True).start()
