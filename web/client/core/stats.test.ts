import { expect, test } from "vitest";
import { type Counters, counters, type Entry, measured, sample } from "./stats";

// Two looks of Chromium two seconds apart, cut to what is read: microphone and the small layer go out, one voice and one face come in.
function look(n: number): Entry[] {
  return [
    { type: "transport", id: "T", selectedCandidatePairId: "P" },
    { type: "candidate-pair", id: "other", nominated: false, bytesReceived: 7, availableOutgoingBitrate: 1 },
    { type: "candidate-pair", id: "P", nominated: true, availableOutgoingBitrate: 180_000, currentRoundTripTime: 0.2, bytesReceived: 1_000 + 40_000 * n, responsesReceived: n },
    { type: "outbound-rtp", id: "OA", kind: "audio", packetsSent: 34 * n, bytesSent: 4_000 * n, headerBytesSent: 1_000 * n },
    { type: "outbound-rtp", id: "Ol", kind: "video", rid: "l", packetsSent: 30 * n, bytesSent: 15_000 * n, headerBytesSent: 1_000 * n },
    { type: "outbound-rtp", id: "Oh", kind: "video", rid: "h", packetsSent: 12, bytesSent: 9_000, headerBytesSent: 100 },
    { type: "remote-inbound-rtp", id: "RA", localId: "OA", kind: "audio", packetsLost: n, roundTripTime: 0.31, jitter: 0.02 },
    { type: "remote-inbound-rtp", id: "Rl", localId: "Ol", kind: "video", packetsLost: 3 * n, roundTripTime: 0.5, jitter: 0.03 },
    { type: "inbound-rtp", kind: "audio", packetsReceived: 90 * n, packetsLost: 10 * n, bytesReceived: 8_000 * n, concealedSamples: 3_000 * n, silentConcealedSamples: 600 * n, totalSamplesReceived: 96_000 * n },
    { type: "inbound-rtp", kind: "video", packetsReceived: 100 * n, packetsLost: 0, bytesReceived: 32_000 * n, totalFreezesDuration: 0.25 * n },
  ];
}

const before = counters(look(1), 10_000);
const after = counters(look(2), 12_000);

test("a look at the way up", () => {
  expect(sample(before, after)).toEqual({ available: 180_000, sent: 84_000, loss: 4 / 64, rtt: 310, jitter: 20 });
});

test("the record of ten seconds", () => {
  expect(measured(before, after)).toEqual({ sent: 84_000, received: 160_000, loss: 50, rtt: 310, concealed: 25, freezes: 250, layer: "l" });
});

test("seats that were left play silence, which hides nothing of what the others lose", () => {
  const empty = (n: number) => counters([...look(n), { type: "inbound-rtp", kind: "audio", concealedSamples: 96_000 * n, silentConcealedSamples: 96_000 * n, totalSamplesReceived: 96_000 * n }], 10_000 + n);
  expect(measured(empty(1), empty(2)).concealed).toBe(25);
});

test("the estimate counts only while pictures go out", () => {
  const still = look(2).map((entry) => (entry.rid === "l" ? { ...entry, bytesSent: 15_000 } : entry));
  expect(sample(before, counters(still, 12_000)).available).toBeUndefined();
});

test("of few packets no share is made", () => {
  const few = (n: number) => look(1).map((entry) => (entry.id === "OA" ? { ...entry, packetsSent: 34 + n } : entry));
  expect(sample(counters(few(0), 0), counters(few(19), 2_000)).loss).toBeUndefined();
  expect(sample(counters(few(0), 0), counters(few(20), 2_000)).loss).toBe(0);
});

test("a browser that tells little gives a sample with little in it", () => {
  const firefox = (n: number): Entry[] => [
    { type: "candidate-pair", selected: true, nominated: true, bytesReceived: 100 * n },
    { type: "outbound-rtp", id: "O", kind: "audio", bytesSent: 5_000 * n },
  ];
  expect(sample(counters(firefox(1), 0), counters(firefox(2), 2_000))).toEqual({ available: undefined, sent: 20_000, loss: undefined, rtt: undefined, jitter: undefined });
  expect(measured(counters([], 0), counters([], 10_000))).toMatchObject({ sent: 0, loss: 0, rtt: 0, layer: "" });
});

test("a stream that ended takes nothing from the others' record", () => {
  const gone = counters(look(2).filter((entry) => entry.kind !== "video"), 12_000);
  expect([measured(before, gone).received, measured(before, gone).layer]).toEqual([0, ""]);
});

test.each<[string, (counters: Counters) => number]>([["media, reports and checks", (look) => look.arrivals]])("%s that come in are noticed", (_, arrivals) => {
  const without = (type: string) => counters(look(2).filter((entry) => entry.type !== type), 12_000);
  expect(arrivals(after)).toBeGreaterThan(arrivals(before));
  expect(arrivals(without("inbound-rtp"))).toBeGreaterThan(0);
  expect(arrivals(without("transport"))).toBeGreaterThan(0);
});

test("a shared screen stands still without being frozen", () => {
  const seats = (n: number) => [...look(n), { type: "inbound-rtp", kind: "video", mid: "7", totalFreezesDuration: 5 * n }];
  const freezes = (screens?: Set<string | null>) => measured(counters(seats(1), 10_000, screens), counters(seats(2), 12_000, screens)).freezes;
  expect([freezes(new Set(["7"])), freezes()]).toEqual([250, 5_250]);
});
