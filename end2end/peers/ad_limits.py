#!/usr/bin/env python3
"""ad_limits.py ADDRESS PORT UPSTREAM_ADDRESS: a domain controller's limits in front of Samba, which has none of them.

Windows ends a search without the paged-results control after 1,000 entries with sizeLimitExceeded, and cuts larger pages to that
(MaxPageSize); of an attribute with more than 1,500 values it gives `member;range=0-1499` beside an empty `member`, and more when it is
asked for `member;range=1500-*` (MaxValRange). Both are enforced here on what Samba answers at port 389 of UPSTREAM_ADDRESS. Plain LDAP
only: StartTLS is refused. Prints `ready` once it listens. Addresses are loopback addresses. Python's own library only.
"""

import asyncio
import re
import sys

PAGE = 1000
VALUES = 1500
PAGED_RESULTS = b"1.2.840.113556.1.4.319"
START_TLS = b"1.3.6.1.4.1.1466.20037"
BUFFER = 2**26


def element(data, at):
    """The tag of the element at `at`, and where its content begins and ends."""
    tag, length = data[at], data[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    return tag, at, at + length


def elements(data, start, end):
    """Each element of a content: its tag, the ends of its content, and where the element itself begins."""
    while start < end:
        tag, inner, after = element(data, start)
        yield tag, inner, after, start
        start = after


def encode(tag, content):
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def integer(value):
    return encode(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


async def receive(reader):
    """One whole message."""
    head = await reader.readexactly(2)
    length = head[1]
    if length & 0x80:
        size = await reader.readexactly(length & 0x7F)
        head, length = head + size, int.from_bytes(size, "big")
    return head + await reader.readexactly(length)


def in_ranges(data, start, end):
    """An entry whose long attributes are cut to ranges; None when it has none."""
    name, attributes = list(elements(data, start, end))
    out, is_cut = [], False
    for _, inner, after, begins in elements(data, attributes[1], attributes[2]):
        description, values = list(elements(data, inner, after))
        text = data[description[1] : description[2]]
        each = [data[value[3] : value[2]] for value in elements(data, values[1], values[2])]
        if len(each) <= VALUES:
            out.append(data[begins:after])
            continue
        is_cut = True
        asked = re.match(rb"^(.*);range=(\d+)-(\*|\d+)$", text)
        plain, first = (asked[1], int(asked[2])) if asked else (text, 0)
        if not asked:
            out.append(encode(0x30, encode(0x04, text) + encode(0x31, b"")))
        ranged = b"%s;range=%d-%d" % (plain, first, first + VALUES - 1)
        out.append(encode(0x30, encode(0x04, ranged) + encode(0x31, b"".join(each[:VALUES]))))
    if not is_cut:
        return None
    return encode(0x64, data[name[3] : name[2]] + encode(0x30, b"".join(out)))


class Session:
    """One client."""

    def __init__(self, upstream):
        self.upstream = upstream
        # Entries sent so far of each search without pages, by message id.
        self.unpaged = {}

    def request(self, data):
        """The request as it goes on to Samba, and the answer where it does not."""
        _, start, end = element(data, 0)
        parts = list(elements(data, start, end))
        number, operation = parts[0], parts[1]
        message_id = data[number[1] : number[2]]
        if operation[0] == 0x77 and START_TLS in data[operation[1] : operation[2]]:
            refusal = encode(0x0A, b"\x02") + encode(0x04, b"") + encode(0x04, b"StartTLS is not offered here")
            return None, encode(0x30, encode(0x02, message_id) + encode(0x78, refusal))
        if operation[0] != 0x63:
            return data, None
        controls, is_paged = [], False
        for _, inner, after, _ in parts[2:]:
            for _, first, last, begins in elements(data, inner, after):
                fields = list(elements(data, first, last))
                if data[fields[0][1] : fields[0][2]] != PAGED_RESULTS:
                    controls.append(data[begins:last])
                    continue
                is_paged = True
                _, value, value_end = element(data, fields[-1][1])
                size, cookie = list(elements(data, value, value_end))
                entries = min(int.from_bytes(data[size[1] : size[2]], "big"), PAGE)
                value = encode(0x04, encode(0x30, integer(entries) + data[cookie[3] : cookie[2]]))
                controls.append(encode(0x30, b"".join(data[f[3] : f[2]] for f in fields[:-1]) + value))
        if not is_paged:
            self.unpaged[message_id] = 0
            return data, None
        whole = encode(0x02, message_id) + data[operation[3] : operation[2]] + encode(0xA0, b"".join(controls))
        return encode(0x30, whole), None

    def answer(self, data):
        """The answer as the client gets it; None when it gets none."""
        _, start, end = element(data, 0)
        parts = list(elements(data, start, end))
        number, operation = parts[0], parts[1]
        message_id = data[number[1] : number[2]]
        if operation[0] == 0x64:
            if message_id in self.unpaged:
                self.unpaged[message_id] += 1
                if self.unpaged[message_id] > PAGE:
                    return None
            cut = in_ranges(data, operation[1], operation[2])
            return data if cut is None else encode(0x30, encode(0x02, message_id) + cut + data[operation[2] : end])
        if operation[0] == 0x65 and self.unpaged.pop(message_id, 0) > PAGE:
            exceeded = encode(0x0A, b"\x04") + encode(0x04, b"") + encode(0x04, b"")
            return encode(0x30, encode(0x02, message_id) + encode(0x65, exceeded))
        return data

    async def serve(self, reader, writer):
        samba_reader, samba_writer = await asyncio.open_connection(self.upstream, 389, limit=BUFFER)

        async def down():
            while True:
                onward, back = self.request(await receive(reader))
                if back is not None:
                    writer.write(back)
                if onward is not None:
                    samba_writer.write(onward)
                    await samba_writer.drain()

        async def up():
            while True:
                back = self.answer(await receive(samba_reader))
                if back is not None:
                    writer.write(back)
                    await writer.drain()

        ways = [asyncio.create_task(down()), asyncio.create_task(up())]
        done, open_ones = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in open_ones:
            way.cancel()
        # Either side may go away; any other fault is to be seen.
        for way in done:
            if not isinstance(way.exception(), (asyncio.IncompleteReadError, ConnectionError)):
                way.result()
        samba_writer.close()
        writer.close()


async def main():
    if len(sys.argv) != 4 or not all(a.startswith("127.") for a in (sys.argv[1], sys.argv[3])):
        sys.exit("usage: ad_limits.py ADDRESS PORT UPSTREAM_ADDRESS, with loopback addresses")

    async def client(reader, writer):
        await Session(sys.argv[3]).serve(reader, writer)

    server = await asyncio.start_server(client, sys.argv[1], int(sys.argv[2]), limit=BUFFER)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
