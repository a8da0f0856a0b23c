"""A decoder as people write it for one capture: plain reassembly, frames as JSON Lines."""

import json
import struct
import sys


def packets(file):
    file.read(24)
    while len(header := file.read(16)) == 16:
        seconds, fraction, captured, _ = struct.unpack("<IIII", header)
        yield seconds + fraction / 1e6, file.read(captured)


def segments(file):
    for time, packet in packets(file):
        if packet[12:14] != b"\x08\x00" or packet[23] != 6:
            continue
        ip = 14
        tcp = ip + (packet[ip] & 15) * 4
        total = struct.unpack_from(">H", packet, ip + 2)[0]
        source, destination, sequence = struct.unpack_from(">HHI", packet, tcp)
        data = packet[tcp + (packet[tcp + 12] >> 4) * 4 : ip + total]
        key = (packet[26:30], source, packet[30:34], destination)
        yield time, key, sequence, packet[tcp + 13], data


class Stream:
    def __init__(self, next_sequence):
        self.next = next_sequence
        self.waiting = {}
        self.buffer = b""

    def take(self, sequence, data):
        self.waiting[sequence] = data
        while True:
            if self.next in self.waiting:
                data = self.waiting.pop(self.next)
                self.buffer += data
                self.next = (self.next + len(data)) & 0xFFFFFFFF
                continue
            behind = [s for s in self.waiting if 0 < (self.next - s) & 0xFFFFFFFF < 1 << 31]
            if not behind:
                return
            for sequence in behind:
                data = self.waiting.pop(sequence)[(self.next - sequence) & 0xFFFFFFFF :]
                if data:
                    self.waiting[self.next] = data

    def frames(self):
        place = 0
        while len(self.buffer) - place >= 4:
            length, code = struct.unpack_from("<HH", self.buffer, place)
            if len(self.buffer) - place < 4 + length:
                break
            yield code, self.buffer[place + 4 : place + 4 + length]
            place += 4 + length
        self.buffer = self.buffer[place:]


def main():
    streams = {}
    out = sys.stdout
    with open(sys.argv[1], "rb", buffering=1 << 20) as file:
        for time, key, sequence, flags, data in segments(file):
            if flags & 2:
                streams[key] = Stream((sequence + 1) & 0xFFFFFFFF)
                continue
            stream = streams.get(key)
            if stream is None or not data:
                continue
            stream.take(sequence, data)
            if 8888 not in (key[1], key[3]):
                stream.buffer = b""
                continue
            for code, payload in stream.frames():
                line = {"time": time, "to_server": key[3] == 8888, "code": code}
                line["payload"] = payload.decode("latin-1")
                out.write(json.dumps(line) + "\n")


main()
