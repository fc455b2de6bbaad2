"""The service manager's end of sd_notify(3): prints every datagram as one line of JSON, closes what comes with it."""
import array
import json
import os
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print(json.dumps("bound"), flush=True)
while True:
    data, ancillary, _, _ = listener.recvmsg(8192, socket.CMSG_SPACE(64))
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            handles = array.array("i")
            handles.frombytes(payload[: len(payload) - len(payload) % handles.itemsize])
            # systemd-notify waits for this: its message was read.
            for handle in handles:
                os.close(handle)
    print(json.dumps(data.decode()), flush=True)
