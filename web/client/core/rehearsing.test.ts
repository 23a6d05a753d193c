import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Outcome, Rehearsal } from "./rehearsal";
import type { Socket } from "./signal";
import type { ClientMessage, Path } from "./wire";

// A connection that comes up, or not, a while after its answer; more arrives at each look.
class Connection {
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  closed = false;
  private looks = 0;
  constructor(
    readonly path: Path,
    private readonly works: boolean,
  ) {}
  addTransceiver(kind: string): unknown {
    const sender = { replaceTrack: async () => undefined, getParameters: () => ({ encodings: [{}] }), setParameters: async () => undefined };
    return { sender, receiver: { track: `${kind} that came back` } };
  }
  async createOffer() {
    return { type: "offer", sdp: "offer" };
  }
  async setLocalDescription() {}
  async setRemoteDescription() {
    setTimeout(() => {
      if (!this.works) return;
      this.connectionState = "connected";
      this.onconnectionstatechange?.();
    }, 300);
  }
  async getStats(): Promise<Map<string, unknown>> {
    const n = ++this.looks;
    return new Map<string, unknown>([
      ["P", { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.1, bytesReceived: n }],
      ["O", { type: "outbound-rtp", kind: "video", bytesSent: 40_000 * n }],
      ["I", { type: "inbound-rtp", kind: "video", bytesReceived: 35_000 * n, packetsReceived: 50 * n, packetsLost: 0 }],
    ]);
  }
  close(): void {
    this.closed = true;
  }
}

function setUp(works: Record<Path, boolean>, hello: object | null = { type: "admitted", number: 2, host: false, room: "", seats: { audio: 1, video: 1 }, relay: [{ urls: ["turn:x"], username: "u", credential: "c" }], pcs: [] }) {
  const connections: Connection[] = [];
  const sent: ClientMessage[] = [];
  const socket: Socket & { says(message: object): void } = {
    onopen: null,
    onmessage: null,
    onclose: null,
    close: () => undefined,
    says: (message) => socket.onmessage?.({ data: JSON.stringify(message) }),
    send: (data) => {
      const message = JSON.parse(data) as ClientMessage;
      sent.push(message);
      if (message.type === "join" && hello) setTimeout(() => socket.says(hello), 50);
      if (message.type === "ping") setTimeout(() => socket.says({ type: "pong", n: message.n, at: 0 }), 50);
      if (message.type === "offer") setTimeout(() => socket.says({ type: "answer", pc: message.pc, sdp: "answer", packed: "" }), 50);
    },
  };
  const rehearsal = new Rehearsal({
    openSocket: () => {
      setTimeout(() => socket.onopen?.(), 50);
      return socket;
    },
    device: "d",
    connect: ({ iceTransportPolicy }) => {
      const path = iceTransportPolicy === "relay" ? "relay" : "direct";
      connections.push(new Connection(path, works[path]));
      return connections[connections.length - 1] as unknown as RTCPeerConnection;
    },
    now: Date.now,
    microphone: null,
    camera: null,
    pattern: null,
    progress: () => undefined,
  });
  let outcome: Outcome | undefined;
  const began = Date.now();
  let took = 0;
  void rehearsal.run().then((found) => {
    outcome = found;
    took = Date.now() - began;
  });
  return { connections, sent, socket, took: () => took, outcome: () => outcome };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("CompressionStream", undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("both paths, one after the other, within twenty seconds", async () => {
  const r = setUp({ direct: true, relay: true });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(r.outcome()).toMatchObject({ found: { fitness: "good", path: "direct", up: 320, down: 280, rtt: 100 }, legs: { relay: { up: 320_000 } } });
  expect(r.took()).toBeLessThanOrEqual(20_000);
  expect(r.connections.map(({ path, closed }) => [path, closed])).toEqual([["direct", true], ["relay", true]]);
  expect(r.sent.filter(({ type }) => type !== "ping").map(({ type }) => type)).toEqual(["join", "offer", "prefer", "drop", "offer", "prefer", "drop", "leave"]);
});

test("the relay alone, where nothing else comes up", async () => {
  const r = setUp({ direct: false, relay: true });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(r.outcome()).toMatchObject({ found: { fitness: "good", path: "relay" } });
  expect(r.took()).toBeLessThanOrEqual(20_000);
});

test("no path at all", async () => {
  const r = setUp({ direct: false, relay: false });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(r.outcome()).toMatchObject({ found: { fitness: "none", path: "" }, legs: {} });
});

test("a server that does not answer is no path either", async () => {
  const r = setUp({ direct: true, relay: true }, null);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(r.outcome()).toMatchObject({ found: { fitness: "none" } });
  expect(r.connections).toEqual([]);
});

test("too many at once", async () => {
  const r = setUp({ direct: true, relay: true }, { type: "bye", code: "capacity" });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(r.outcome()).toEqual({ refused: "capacity" });
});

test.each([2_000, 4_500])("a cancelled appointment ends it within a second, %i ms on", async (at) => {
  const r = setUp({ direct: at > 3_000, relay: true });
  await vi.advanceTimersByTimeAsync(at);
  expect(r.outcome()).toBeUndefined();
  r.socket.says({ type: "bye", code: "cancelled" });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(r.outcome()).toEqual({ refused: "cancelled" });
  expect(r.connections.every(({ closed }) => closed)).toBe(true);
});

test("what was measured before the socket was lost counts", async () => {
  const r = setUp({ direct: true, relay: true });
  await vi.advanceTimersByTimeAsync(9_000);
  r.socket.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(r.outcome()).toMatchObject({ found: { fitness: "good", path: "direct" } });
});
