import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { pack, type Packed, unpack } from "./pack";

const sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const golden = (name: string) => JSON.parse(readFileSync(new URL(`../../../signaling/testdata/messages/${name}.json`, import.meta.url), "utf8")) as Packed;

afterEach(() => void vi.unstubAllGlobals());

test.each(["client-offer", "server-answer"])("%s is read", async (name) => expect(await unpack(golden(name))).toBe(sdp));

test("a description comes back as it went, smaller on the way", async () => {
  const long = `${sdp}a=candidate:1 1 udp 1 ١٢٧.0.0.1 9 typ host\r\n`.repeat(40);
  const sent = await pack(long);
  expect([sent.sdp, sent.packed.length < long.length / 10]).toEqual(["", true]);
  expect(await unpack(sent)).toBe(long);
});

test("a browser that cannot compress sends it as it is", async () => {
  vi.stubGlobal("CompressionStream", undefined);
  expect(await pack(sdp)).toEqual({ sdp, packed: "" });
  expect(await unpack({ sdp, packed: "" })).toBe(sdp);
});

test("what is not gzip is refused", () => expect(unpack({ sdp: "", packed: "aGVsbG8=" })).rejects.toThrow());
