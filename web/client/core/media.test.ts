import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { linkState, withNack } from "./link";
import { Media } from "./media";
import type { Admitted, ClientMessage, Path } from "./wire";

// As much of RTCPeerConnection as an offer needs: it records its lines and says what the test tells it.
class Connection {
  lines: string[] = [];
  carried: unknown[] = [];
  tracks: unknown[] = []; // by line
  limits: RTCRtpEncodingParameters[][] = []; // by line, as set last
  closed = false;
  arrived = 0; // bytes
  arriving = false; // more at each look
  late = 0; // packets of the sound of the first seat
  receivers: { line: number; jitterBufferTarget?: number | null }[] = [];
  parameters: RTCRtpSendParameters[] = [];
  rolledBack = false;
  offering = false;
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  constructor(readonly configuration: RTCConfiguration) {}
  get encodings(): RTCRtpEncodingParameters[] {
    return this.limits[1] ?? []; // of the camera
  }
  addTransceiver(kind: string, init: RTCRtpTransceiverInit): unknown {
    const carriedAt = this.tracks;
    const at = this.lines.push(`${kind} ${init.direction ?? ""}`) - 1;
    this.limits[at] = init.sendEncodings ?? [{}];
    const sender = {
      get track() {
        return carriedAt[at];
      },
      replaceTrack: async (track: unknown) => {
        this.tracks[at] = track;
        this.carried.push(track);
      },
      getParameters: () => structuredClone({ encodings: this.limits[at] }),
      setParameters: async (parameters: RTCRtpSendParameters) => {
        this.limits[at] = parameters.encodings;
        this.parameters.push(parameters);
      },
    };
    const line = { sender, mid: String(this.lines.length - 1), receiver: { line: this.lines.length - 1 } as { line: number; jitterBufferTarget?: number | null } };
    this.receivers.push(line.receiver);
    return line;
  }
  async createOffer() {
    return { type: "offer", sdp: `offer of ${this.lines.length} lines` };
  }
  async setLocalDescription({ type }: { type: string }) {
    if (type === "rollback" && !this.offering) throw new DOMException("no offer", "InvalidStateError");
    this.offering = type === "offer";
    if (type === "rollback") this.rolledBack = true;
  }
  get signalingState() {
    return this.offering ? "have-local-offer" : "stable";
  }
  async setRemoteDescription() {
    if (!this.offering) throw new DOMException("no offer", "InvalidStateError");
    this.offering = false;
  }
  async getStats(): Promise<Map<string, unknown>> {
    if (this.arriving) this.arrived++;
    return new Map([["in", { type: "inbound-rtp", kind: "audio", mid: "2", packetsReceived: this.arrived, packetsDiscarded: this.late }]]);
  }
  close(): void {
    this.closed = true;
  }
  becomes(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

const relay = [{ urls: ["turn:localhost:8080?transport=tcp"], username: "u", credential: "c" }];
const admitted: Admitted = { type: "admitted", number: 2, host: false, room: "", seats: { audio: 4, video: 3 }, relay, pcs: [] };

function setUp(last: Path = "direct", plain = false, screen = false) {
  const pcs: Connection[] = [];
  const sent: ClientMessage[] = [];
  const statuses: string[] = [];
  let path = last;
  let doubts = 0;
  const media = new Media({
    connect: (configuration) => {
      pcs.push(new Connection(configuration));
      return pcs[pcs.length - 1] as unknown as RTCPeerConnection;
    },
    send: (message) => sent.push(message) > 0,
    now: Date.now,
    screen,
    plain,
    looked: () => undefined,
    doubted: () => void doubts++,
    lastPath: () => path,
    keepPath: (kept) => (path = kept),
    changed: (status, link) => statuses.push(`${status} ${link?.id ?? "-"}`),
  });
  const brief = () => sent.map((m) => (m.type === "offer" ? `offer ${m.pc} ${m.path}` : m.type === "drop" ? `drop ${m.pc}` : m.type));
  return { pcs, sent, statuses, media, brief, path: () => path, doubts: () => doubts };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("CompressionStream", undefined); // its streams run on threads, beside any fake timer
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the offer", () => {
  test("has microphone, camera, audio seats, video seats, in this order", async () => {
    const { pcs, media, sent } = setUp();
    media.welcome(admitted);
    await settle();
    expect(pcs[0]!.lines).toEqual([
      "audio sendonly",
      "video sendonly",
      ...Array<string>(4).fill("audio recvonly"),
      ...Array<string>(3).fill("video recvonly"),
    ]);
    expect(pcs[0]!.encodings.map((layer) => [layer.rid, layer.scaleResolutionDownBy])).toEqual([["l", 3], ["h", 1.5], ["m", 1.5]]);
    expect(sent).toEqual([{ type: "offer", pc: 1, path: "direct", sdp: "offer of 9 lines", packed: "", level: "small" }]);
  });

  test("has a line for a screen after the camera where the browser can share one", async () => {
    const { pcs, media } = setUp("direct", false, true);
    media.welcome(admitted);
    await settle();
    expect(pcs[0]!.lines.slice(0, 4)).toEqual(["audio sendonly", "video sendonly", "video sendonly", "audio recvonly"]);
  });

  test("keeps to one kind of path", async () => {
    const { pcs, media } = setUp();
    media.welcome(admitted);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(pcs.map((pc) => [pc.configuration.iceTransportPolicy, pc.configuration.iceServers?.length])).toEqual([[undefined, undefined], ["relay", 1]]);
  });
});

test("a seat waits for sound that comes late, and only that seat", async () => {
  const { pcs, media } = setUp();
  media.welcome(admitted);
  await settle();
  pcs[0]!.becomes("connected");
  await vi.advanceTimersByTimeAsync(2_000);
  pcs[0]!.late = 3;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(pcs[0]!.receivers.filter((each) => "jitterBufferTarget" in each)).toEqual([{ line: 2, jitterBufferTarget: 120 }]);
  await vi.advanceTimersByTimeAsync(31_000);
  expect(pcs[0]!.receivers[2]?.jitterBufferTarget).toBe(null);
});

describe("paths", () => {
  test("direct alone when it is up in time", async () => {
    const { pcs, media, brief, statuses } = setUp();
    media.welcome(admitted);
    await vi.advanceTimersByTimeAsync(1_000);
    pcs[0]!.becomes("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(brief()).toEqual(["offer 1 direct"]);
    expect(statuses.slice(-1)).toEqual(["up 1"]);
  });

  test("the relay joins after two seconds; first one up wins, the loser is dropped, the winner remembered", async () => {
    const { pcs, media, brief, path } = setUp();
    media.welcome(admitted);
    await vi.advanceTimersByTimeAsync(2_000);
    pcs[1]!.becomes("connected");
    pcs[0]!.becomes("connected");
    expect(brief()).toEqual(["offer 1 direct", "offer 2 relay", "drop 1"]);
    expect([pcs[0]!.closed, pcs[1]!.closed, path()]).toEqual([true, false, "relay"]);
  });

  test("what worked last goes first", async () => {
    const { media, brief } = setUp("relay");
    media.welcome(admitted);
    await settle();
    expect(brief()).toEqual(["offer 1 relay"]);
  });

  test("a dead first path brings the second at once", async () => {
    const { pcs, media, brief } = setUp();
    media.welcome(admitted);
    await settle();
    pcs[0]!.becomes("failed");
    await settle();
    expect(brief()).toEqual(["offer 1 direct", "drop 1", "offer 2 relay"]);
  });

  test("without a relay there is only direct, tried again and again, ever more slowly", async () => {
    const { pcs, media } = setUp();
    media.welcome({ ...admitted, relay: [] });
    for (const wait of [0, 1_000, 2_000, 4_000]) {
      await settle();
      const count = pcs.length;
      pcs[count - 1]!.becomes("failed");
      if (wait > 0) {
        await vi.advanceTimersByTimeAsync(wait - 1);
        expect(pcs).toHaveLength(count);
      }
      await vi.advanceTimersByTimeAsync(1);
      expect(pcs).toHaveLength(count + 1);
    }
  });
});

describe("trouble in a hearing", () => {
  async function running() {
    const all = setUp();
    all.media.welcome({ ...admitted, relay: [] });
    await settle();
    await all.media.answer(1, { sdp: "answer", packed: "" });
    all.pcs[0]!.becomes("connected");
    return all;
  }

  test("a short interruption heals by itself", async () => {
    const { pcs, media, brief, statuses } = await running();
    pcs[0]!.becomes("disconnected");
    await vi.advanceTimersByTimeAsync(3_900);
    pcs[0]!.becomes("connected");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(brief()).toEqual(["offer 1 direct"]);
    expect(statuses.slice(-2)).toEqual(["shaky 1", "up 1"]);
    media.stop();
  });

  test("after more than four seconds a new connection is made beside the old one, which goes when the new one is up", async () => {
    const { pcs, brief } = await running();
    pcs[0]!.becomes("disconnected");
    await vi.advanceTimersByTimeAsync(4_300);
    expect([brief(), pcs[0]!.closed]).toEqual([["offer 1 direct", "offer 2 direct"], false]);
    pcs[1]!.becomes("connected");
    expect([brief().slice(-1), pcs[0]!.closed]).toEqual([["drop 1"], true]);
  });

  test("a reconnected socket leaves running media alone", async () => {
    const { pcs, media, brief } = await running();
    media.offline();
    media.welcome({ ...admitted, relay: [], pcs: [1] });
    await vi.advanceTimersByTimeAsync(20_000);
    expect([brief(), pcs.length]).toEqual([["offer 1 direct"], 1]);
  });

  test("a restarted server holds nothing: a new connection with the next number", async () => {
    const { pcs, media, brief } = await running();
    media.offline();
    media.welcome({ ...admitted, relay: [], pcs: [] });
    await settle();
    expect([brief(), pcs[0]!.closed]).toEqual([["offer 1 direct", "offer 2 direct"], true]);
  });

  test("a reloaded page drops what the server holds for it", async () => {
    const { media, brief } = setUp();
    media.welcome({ ...admitted, pcs: [3] });
    await settle();
    expect(brief()).toEqual(["drop 3", "offer 4 direct"]);
  });

  test("no offer is made while the socket is down", async () => {
    const { pcs, media } = await running();
    media.offline();
    pcs[0]!.becomes("failed");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(pcs).toHaveLength(1);
    media.welcome({ ...admitted, relay: [], pcs: [] });
    expect(pcs).toHaveLength(2);
  });

  test("an offer whose answer was lost with the socket is made again", async () => {
    const { media, brief } = setUp();
    media.welcome(admitted);
    await settle();
    media.offline();
    media.welcome({ ...admitted, pcs: [1] });
    await settle();
    expect(brief()).toEqual(["offer 1 direct", "drop 1", "offer 2 direct"]);
  });
});

describe("silence", () => {
  async function talking(more: Partial<Admitted> = {}) {
    const all = setUp();
    all.media.welcome({ ...admitted, ...more });
    await settle();
    await all.media.answer(1, { sdp: "answer", packed: "" });
    all.pcs[0]!.arriving = true;
    all.pcs[0]!.becomes("connected");
    await vi.advanceTimersByTimeAsync(10_000);
    expect([all.brief(), all.statuses.slice(-1)]).toEqual([["offer 1 direct"], ["up 1"]]);
    all.pcs[0]!.arriving = false;
    return all;
  }

  test("of UDP, though the browser still calls it connected: over the relay within four seconds, and told once", async () => {
    const { pcs, brief, statuses, path, doubts } = await talking();
    await vi.advanceTimersByTimeAsync(3_600);
    expect([brief().slice(1), statuses.slice(-1), pcs[0]!.closed, doubts()]).toEqual([["offer 2 relay"], ["shaky 1"], false, 1]);
    pcs[1]!.becomes("connected");
    expect([brief().slice(2), statuses.slice(-1), path()]).toEqual([["drop 1"], ["up 2"], "relay"]);
  });

  test("of two seconds changes nothing", async () => {
    const { pcs, brief, doubts } = await talking();
    await vi.advanceTimersByTimeAsync(2_000);
    pcs[0]!.arriving = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([brief(), doubts()]).toEqual([["offer 1 direct"], 0]);
  });

  test("that ends before another connection is up: the old one keeps its place, and nobody's picture begins anew", async () => {
    const { pcs, brief, statuses } = await talking();
    await vi.advanceTimersByTimeAsync(5_000);
    pcs[0]!.arriving = true;
    await vi.advanceTimersByTimeAsync(400);
    expect([brief().slice(1), statuses.slice(-1), pcs.map((pc) => pc.closed)]).toEqual([["offer 2 relay", "drop 2"], ["up 1"], [false, true]]);
  });

  test("that lasts: one rival after the other, never two, each on another path", async () => {
    const { pcs, brief } = await talking();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(brief().slice(1)).toEqual(["offer 2 relay", "drop 2", "offer 3 direct", "drop 3", "offer 4 relay"]);
    expect(pcs[0]!.closed).toBe(false);
  });

  test("after the network changed is believed sooner, and the same kind of path is tried first", async () => {
    const { media, brief } = await talking();
    media.nudge();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(brief().slice(1)).toEqual(["offer 2 direct"]);
  });

  test("while the socket is down waits for the socket", async () => {
    const { media, brief } = await talking();
    media.offline();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(brief()).toEqual(["offer 1 direct"]);
    media.welcome({ ...admitted, pcs: [1] });
    await vi.advanceTimersByTimeAsync(400);
    expect(brief().slice(1)).toEqual(["offer 2 relay"]);
  });

  test("whose rival's offer went with the socket is given the same rival again", async () => {
    const { media, brief } = await talking();
    media.nudge();
    await vi.advanceTimersByTimeAsync(1_500);
    media.offline();
    media.welcome({ ...admitted, pcs: [1] });
    await vi.advanceTimersByTimeAsync(400);
    expect(brief().slice(1)).toEqual(["offer 2 direct", "offer 3 direct"]);
  });

  test("is not looked for in a comparison run", async () => {
    const { pcs, media, sent } = setUp("direct", true);
    media.welcome(admitted);
    await settle();
    pcs[0]!.becomes("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sent.map((message) => message.type), sent[0]]).toMatchObject([["offer"], { level: "" }]);
  });
});

describe("what is sent", () => {
  const active = (pc: Connection) => pc.encodings.map((layer) => `${layer.rid} ${layer.active ? layer.maxBitrate : "off"}`);
  const asked = (...layers: string[]) => ({ layers, screen: false, voice: 0, still: false });

  async function up() {
    const all = setUp();
    all.media.adjust("large");
    all.media.welcome(admitted);
    await settle();
    await all.media.answer(1, { sdp: "answer", packed: "" });
    all.pcs[0]!.becomes("connected");
    await settle();
    return all;
  }

  test("follows the level, and what the server asks for, at once", async () => {
    const { media, pcs } = await up();
    expect(active(pcs[0]!)).toEqual(["l 50000", "h 300000", "m off"]);
    media.adjust("small");
    await settle();
    expect(active(pcs[0]!)).toEqual(["l 50000", "h off", "m off"]);
    expect(media.asked(1, asked())).toBe(true);
    await settle();
    expect(active(pcs[0]!)).toEqual(["l off", "h off", "m off"]);
    media.asked(1, asked("l", "h"));
    await settle();
    expect(active(pcs[0]!)).toEqual(["l 50000", "h off", "m off"]);
    expect(media.asked(7, asked())).toBe(false);
  });

  test("is nothing of the camera from the first offer on where the link carries none", async () => {
    const { media, pcs } = setUp();
    media.adjust("stills");
    media.welcome(admitted);
    expect(active(pcs[0]!)).toEqual(["l off", "h off", "m off"]);
  });

  test("is offered anew when the server asks, after an answer that is still to come", async () => {
    const { media, brief } = await up();
    media.reoffer(1);
    media.reoffer(1);
    await settle();
    expect(brief()).toEqual(["offer 1 direct", "offer 1 direct"]);
    await media.answer(1, { sdp: "answer", packed: "" });
    expect(brief()).toHaveLength(3);
    await media.answer(1, { sdp: "answer", packed: "" });
    expect(brief()).toHaveLength(3);
  });

  test("an offer anew that is refused is taken back, and the connection goes on", async () => {
    const { media, pcs, brief } = await up();
    media.reoffer(1);
    await settle();
    media.refused();
    expect([pcs[0]!.rolledBack, pcs[0]!.closed, brief()]).toEqual([true, false, ["offer 1 direct", "offer 1 direct"]]);
  });

  test("an offer that is still being made when the socket comes back costs nothing", async () => {
    const { media, pcs } = await up();
    media.reoffer(1);
    media.welcome({ ...admitted, pcs: [1] });
    await settle();
    await media.answer(1, { sdp: "answer", packed: "" });
    await media.answer(1, { sdp: "answer", packed: "" });
    expect([pcs.length, pcs[0]!.closed]).toEqual([1, false]);
  });

  test("the late answer to an offer that was taken back changes nothing", async () => {
    const { media, pcs, brief } = await up();
    media.reoffer(1);
    await settle();
    media.refused();
    await media.answer(1, { sdp: "answer", packed: "" });
    expect([pcs[0]!.closed, brief()]).toEqual([false, ["offer 1 direct", "offer 1 direct"]]);
  });

  test("an offer anew whose answer went with the socket is made once more", async () => {
    const { media, pcs, brief } = await up();
    media.reoffer(1);
    await settle();
    media.offline();
    media.welcome({ ...admitted, pcs: [1] });
    await settle();
    expect([pcs[0]!.rolledBack, brief()]).toEqual([true, ["offer 1 direct", "offer 1 direct", "offer 1 direct"]]);
  });
});

test("repair of lost sound is asked for where it is not said", () => {
  const line = "m=audio 9\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\na=rtpmap:63 red/48000/2\r\n";
  const with111 = line.replace("/2\r\na=fmtp", "/2\r\na=rtcp-fb:111 nack\r\na=fmtp");
  expect(withNack(line + line)).toBe(with111 + with111);
  expect(withNack(with111)).toBe(with111);
});

test("tracks ride on every link, also on later ones", async () => {
  const { pcs, media } = setUp();
  const track = { kind: "audio" } as MediaStreamTrack;
  media.carry("microphone", track);
  media.welcome(admitted);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(pcs.map((pc) => pc.carried[0])).toEqual([track, track]);
});

test("seats are those of the link in use", async () => {
  const { pcs, media, statuses } = setUp();
  media.welcome(admitted);
  await vi.advanceTimersByTimeAsync(2_000);
  const before = statuses.length;
  media.seats(2, [{ seat: 0, number: 1, screen: false, paused: "" }]);
  expect(statuses).toHaveLength(before);
  pcs[1]!.becomes("connected");
  media.seats(2, [{ seat: 0, number: 3, screen: false, paused: "" }]);
  expect(statuses.slice(-1)).toEqual(["up 2"]);
});

test.each([
  ["connected", "pending", "up"],
  ["disconnected", "pending", "pending"],
  ["disconnected", "up", "shaky"],
  ["connecting", "up", "shaky"],
  ["connecting", "pending", "pending"],
  ["failed", "shaky", "failed"],
] as const)("%s after %s is %s", (now, before, want) => expect(linkState(now, before)).toBe(want));

describe("a shared screen", () => {
  const screen = { contentHint: "text", getSettings: () => ({ width: 1920, height: 1080 }) };
  async function sharing() {
    const all = setUp("direct", false, true);
    all.media.welcome(admitted);
    await settle();
    all.pcs[0]!.becomes("connected");
    all.media.adjust("small");
    all.media.asked(1, { layers: ["l", "h"], screen: true, voice: 0, still: false });
    all.media.carry("screen", screen as unknown as MediaStreamTrack);
    await settle();
    const limits = (pc = all.pcs[0]!) => pc.limits[2]?.map(({ active, maxBitrate, maxFramerate, scaleResolutionDownBy }) => ({ active, maxBitrate, maxFramerate, scaleResolutionDownBy }));
    return { ...all, limits };
  }

  test("goes out on its own line, sharp and slow, and the camera makes room", async () => {
    const { pcs, limits } = await sharing();
    expect([pcs[0]!.tracks[2], pcs[0]!.tracks[1]]).toEqual([screen, null]);
    expect(limits()).toEqual([{ active: true, maxBitrate: 60_000, maxFramerate: 2, scaleResolutionDownBy: 1.5 }]);
    expect(pcs[0]!.limits[1]?.map((layer) => layer.active)).toEqual([false, false, false]);
  });

  test("stands still while nobody is sent it", async () => {
    const { media, limits } = await sharing();
    media.asked(1, { layers: ["l"], screen: false, voice: 0, still: false });
    await settle();
    expect(limits()?.map((each) => each.active)).toEqual([false]);
  });

  test("is on the connection that takes over", async () => {
    const { pcs, media } = await sharing();
    pcs[0]!.becomes("failed");
    await settle();
    expect(pcs[1]!.tracks[2]).toBe(screen);
    media.carry("screen", null);
    expect(pcs[1]!.tracks[2]).toBe(null);
  });
});

test("paths that failed for one room make nobody wait for another", async () => {
  const { pcs, media } = setUp();
  const direct = { ...admitted, relay: [] };
  media.welcome(direct);
  await settle();
  for (const wait of [0, 1_000, 2_000]) {
    pcs[pcs.length - 1]!.becomes("failed");
    await vi.advanceTimersByTimeAsync(wait);
  }
  expect([pcs.length, media.failing]).toEqual([4, true]);
  media.welcome({ ...direct, room: "r" });
  await settle();
  expect([pcs.length, media.failing]).toEqual([5, false]);
});

test("an offer that was on its way when media stopped takes no place in the next room", async () => {
  const { media, pcs, brief } = setUp();
  const direct = { ...admitted, relay: [] };
  media.welcome(direct);
  await settle();
  media.stop();
  media.welcome({ ...direct, room: "r" });
  await settle();
  expect(brief()).toEqual(["offer 1 direct", "drop 1", "offer 2 direct"]);
  await media.answer(2, { sdp: "answer", packed: "" });
  pcs[1]!.becomes("connected");
  media.stop();
  media.welcome(direct);
  await settle();
  expect(brief().slice(3)).toEqual(["offer 3 direct"]);
});
