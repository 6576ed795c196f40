"""Bring up the loopback interface of a network of one's own, then become the command given."""

import fcntl
import os
import socket
import struct
import sys

UP = 0x1 | 0x40  # IFF_UP, IFF_RUNNING
SIOCSIFFLAGS = 0x8914

if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", UP))
    os.execvp(sys.argv[1], sys.argv[1:])
