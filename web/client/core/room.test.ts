import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Live, type LiveConfig } from "./live";
import { Room } from "./room";
import type { Socket } from "./signal";
import { admitted, person, roster, seat, waiting } from "./testing";

class Wire implements Socket {
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }
  close(): void {}
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  of(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message.type === type);
  }
}

// A connection that does nothing but come up when told to.
class Connection {
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  closed = false;
  carried: unknown[] = []; // by line
  addTransceiver = () => {
    const line = this.carried.push(null) - 1;
    return {
      sender: { replaceTrack: async (track: unknown) => void (this.carried[line] = track), getParameters: () => ({}) },
      receiver: {},
    };
  };
  createOffer = async () => ({ sdp: "offer" });
  setLocalDescription = async () => undefined;
  setRemoteDescription = async () => undefined;
  close = () => void (this.closed = true);
}

class Track {
  enabled = true;
  contentHint = "";
  onended: (() => void) | null = null;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

const seats = { type: "seats", pc: 1, seats: [seat(1), seat(3, { seat: 1 })] };

function setUp(refused = false, role = "party", late = false) {
  const wires: Wire[] = [];
  const pcs: Connection[] = [];
  const tracks: Track[] = [];
  const screens: Track[] = [];
  const steps: string[] = [];
  const devices = {
    getUserMedia: async () => {
      if (refused) throw Object.assign(new Error(), { name: "NotAllowedError" });
      tracks.push(new Track());
      return { getTracks: () => tracks.slice(-1) };
    },
    enumerateDevices: async () => [],
    getDisplayMedia: async () => {
      screens.push(new Track());
      return { getVideoTracks: () => screens.slice(-1) };
    },
  };
  const room = new Room({
    number: 2,
    host: role === "host",
    role,
    device: "d",
    openSocket: () => (wires.push(new Wire()), wires[wires.length - 1]!),
    devices: devices as unknown as MediaDevices,
    now: Date.now,
    step: (step) => steps.push(step),
  });
  const config: LiveConfig = {
    connect: () => (pcs.push(new Connection()), pcs[pcs.length - 1] as unknown as RTCPeerConnection),
    devices: devices as unknown as MediaDevices,
    now: Date.now,
    plain: false,
    hints: () => ({}),
    keepLevel: () => undefined,
    limit: "",
    keepLimit: () => undefined,
    snap: async () => null,
    lastPath: () => "direct",
    keepPath: () => undefined,
  };
  const bring = () => room.bring((around) => new Live(config, around));
  if (!late) bring();
  const enter = async () => {
    await room.join();
    wires[0]!.onopen?.();
    wires[0]!.says(admitted());
    await vi.advanceTimersByTimeAsync(0);
    pcs[0]!.connectionState = "connected";
    pcs[0]!.onconnectionstatechange?.();
    wires[0]!.says(seats);
  };
  return { room, wires, pcs, tracks, screens, steps, enter, bring };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("CompressionStream", undefined); // its streams run on threads, beside any fake timer
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("joining", () => {
  test("asks for the microphone first", async () => {
    const { room, wires, tracks } = setUp();
    await room.join();
    expect([tracks.length, wires.length, room.state.joining]).toEqual([1, 1, true]);
  });

  test("a refused microphone stops at the check, and entering without one is a choice", async () => {
    const { room, wires } = setUp(true);
    await room.join();
    expect([room.state.microphone.access, room.state.joining, wires.length]).toEqual(["denied", false, 0]);
    await room.join({ silent: true });
    expect(wires).toHaveLength(1);
  });
});

describe("in the hearing", () => {
  test("tells what is sent, once per change and again after a reconnect", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    room.toggle("microphone");
    expect([wires[0]!.of("state"), tracks[0]!.enabled]).toEqual([
      [
        { type: "state", microphone: true, camera: false },
        { type: "state", microphone: false, camera: false },
      ],
      false,
    ]);
    wires[0]!.says(admitted({ pcs: [1] }));
    expect(wires[0]!.of("state")).toHaveLength(3);
  });

  test("the camera's light goes out with its picture", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    await room.open("camera");
    room.toggle("camera");
    expect([tracks[1]!.stopped, wires[0]!.of("state").map((message) => message.camera)]).toEqual([true, [false, true, false]]);
  });

  test("asks for pictures by tile size, a quarter second after it settled, and for none while hidden", async () => {
    const { room, wires, enter } = setUp();
    await enter();
    room.want(1, 180);
    await vi.advanceTimersByTimeAsync(200);
    room.want(1, 360);
    const before = wires[0]!.of("prefer").length;
    await vi.advanceTimersByTimeAsync(249);
    expect(wires[0]!.of("prefer")).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    room.hide(true);
    expect(wires[0]!.of("prefer").slice(before)).toEqual([
      { type: "prefer", pc: 1, seats: [{ seat: 0, height: 360 }, { seat: 1, height: 0 }] },
      { type: "prefer", pc: 1, seats: [{ seat: 0, height: 0 }, { seat: 1, height: 0 }] },
    ]);
  });

  test("asks again of another connection", async () => {
    const { room, wires, pcs, enter } = setUp();
    await enter();
    room.want(1, 360);
    await vi.advanceTimersByTimeAsync(250);
    pcs[0]!.connectionState = "failed";
    pcs[0]!.onconnectionstatechange?.();
    await vi.advanceTimersByTimeAsync(0);
    pcs[1]!.connectionState = "connected";
    pcs[1]!.onconnectionstatechange?.();
    wires[0]!.says({ ...seats, pc: 2 });
    expect(wires[0]!.of("prefer").slice(-1)).toEqual([{ type: "prefer", pc: 2, seats: [{ seat: 0, height: 360 }, { seat: 1, height: 0 }] }]);
  });

  test("an ending closes microphone and camera", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    await room.open("camera");
    wires[0]!.says({ type: "bye", code: "removed" });
    expect([tracks.every((track) => track.stopped), room.state.phase, room.state.bye?.code]).toEqual([true, "ended", "removed"]);
  });

  test("leaving says so, and nothing comes back by itself", async () => {
    const { room, wires, enter } = setUp();
    await enter();
    room.leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([wires[0]!.of("leave").length, wires.length, room.state.bye?.code]).toEqual([1, 1, "left"]);
  });

  test("back in the waiting room no sound is sent any more", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    await room.open("camera");
    wires[0]!.says(waiting());
    expect([room.state.phase, room.link, tracks[1]!.stopped]).toEqual(["waiting", null, true]);
  });
});

describe("what flows comes after the first screens", () => {
  async function waitsForIt() {
    const all = setUp(false, "party", true);
    await all.room.join();
    all.wires[0]!.onopen?.();
    all.wires[0]!.says(waiting());
    return all;
  }

  test("to who waits, and all begins with the admission", async () => {
    const { room, wires, pcs, tracks, bring } = await waitsForIt();
    bring();
    expect(pcs).toEqual([]);
    wires[0]!.says(admitted());
    await vi.advanceTimersByTimeAsync(0);
    expect([wires[0]!.of("offer").length, pcs[0]!.carried[0], room.state.phase]).toEqual([1, tracks[0], "hearing"]);
  });

  test("to who is in already: the server knew of the devices, and media begins", async () => {
    const { room, wires, pcs, tracks, bring } = await waitsForIt();
    wires[0]!.says(admitted());
    await room.open("camera");
    await vi.advanceTimersByTimeAsync(5_000);
    expect([room.state.phase, room.state.media, room.link, wires[0]!.of("state").length, wires[0]!.of("offer")]).toEqual(["hearing", "connecting", null, 2, []]);
    bring();
    await vi.advanceTimersByTimeAsync(0);
    expect([wires[0]!.of("offer").map((offer) => offer.pc), pcs[0]!.carried.slice(0, 2)]).toEqual([[1], tracks]);
    expect(wires[0]!.of("level")).toHaveLength(1);
  });

  test("to who was sent back, or is gone: nothing begins", async () => {
    const back = await waitsForIt();
    back.wires[0]!.says(admitted());
    back.wires[0]!.says(waiting());
    back.bring();
    const gone = await waitsForIt();
    gone.wires[0]!.says(admitted());
    gone.room.leave();
    gone.bring();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([back.pcs, gone.pcs]).toEqual([[], []]);
  });

  test("to whose socket was lost: it begins with the next admission", async () => {
    const { wires, pcs, bring } = await waitsForIt();
    wires[0]!.says(admitted());
    wires[0]!.onclose?.({ code: 1006 });
    bring();
    await vi.advanceTimersByTimeAsync(0);
    expect(pcs).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    wires[1]!.onopen?.();
    wires[1]!.says(admitted());
    await vi.advanceTimersByTimeAsync(0);
    expect(wires[1]!.of("offer")).toHaveLength(1);
  });

  test("to a page that is hidden, and to one whose screen the hearing waits for", async () => {
    const { room, wires, pcs, bring } = await waitsForIt();
    room.hide(true);
    wires[0]!.says(admitted());
    wires[0]!.says(roster([person(2, "in_hearing", { screen: "text" })]));
    bring();
    room.want(1, 360);
    await vi.advanceTimersByTimeAsync(0);
    expect(wires[0]!.of("share")).toEqual([{ type: "share", on: false, mode: "" }]);
    pcs[0]!.connectionState = "connected";
    pcs[0]!.onconnectionstatechange?.();
    wires[0]!.says(seats);
    await vi.advanceTimersByTimeAsync(250);
    expect(wires[0]!.of("prefer").slice(-1)).toEqual([{ type: "prefer", pc: 1, seats: [{ seat: 0, height: 0 }, { seat: 1, height: 0 }] }]);
  });
});

describe("a host's word", () => {
  const muted = (how: "muted" | "locked") => roster([person(1), person(2, "in_hearing", { muted: how })]);

  test("switches the microphone off here too, and it stays off until the person switches on", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    wires[0]!.says(muted("muted"));
    expect([tracks[0]!.enabled, tracks[0]!.stopped, wires[0]!.of("state").map((message) => message.microphone)]).toEqual([false, false, [true, false]]);
    room.toggle("microphone");
    expect([tracks[0]!.enabled, wires[0]!.of("state").map((message) => message.microphone)]).toEqual([true, [true, false, true]]);
  });

  test("locks it: pressing says so and does nothing else", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    wires[0]!.says(muted("locked"));
    room.mutedRead();
    room.toggle("microphone");
    expect([tracks[0]!.enabled, room.state.microphone.on, room.state.floor.told, wires[0]!.of("state").length]).toEqual([false, false, "locked", 2]);
  });

  test("asks, and only the person switches on", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    room.toggle("microphone");
    wires[0]!.says({ type: "asked", what: "microphone" });
    wires[0]!.says({ type: "asked", what: "camera" });
    expect([tracks.length, tracks[0]!.enabled]).toEqual([1, false]);
    room.refuse("camera");
    room.follow("microphone");
    expect([tracks.length, tracks[0]!.enabled, room.state.floor.asked]).toEqual([1, true, []]);
  });

  test("asks for what is on already: nothing is switched off by following", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    wires[0]!.says({ type: "asked", what: "microphone" });
    room.follow("microphone");
    expect([tracks[0]!.enabled, room.state.floor.asked]).toEqual([true, []]);
  });
});

describe("from one room to another", () => {
  test("media ends in one and begins in the other at once, with the devices as they were", async () => {
    const { room, wires, pcs, tracks, enter } = setUp();
    await enter();
    await room.open("camera");
    wires[0]!.says(admitted({ room: "r" }));
    await vi.advanceTimersByTimeAsync(0);
    expect([pcs[0]!.closed, pcs.length, pcs[1]!.carried.slice(0, 2)]).toEqual([true, 2, [tracks[0], tracks[1]]]);
    expect([tracks.map((track) => track.stopped), room.state.phase, room.state.room]).toEqual([[false, false], "consultation", "r"]);
    expect(wires[0]!.of("offer").map((offer) => offer.pc)).toEqual([1, 2]);
    expect(wires[0]!.of("state").slice(-1)).toEqual([{ type: "state", microphone: true, camera: true }]);
  });

  test("a camera waits a moment whether a consultation is followed by the hearing", async () => {
    const { room, wires, tracks, enter } = setUp();
    await enter();
    await room.open("camera");
    wires[0]!.says(admitted({ room: "r" }));
    wires[0]!.says(waiting());
    wires[0]!.says(admitted());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tracks[1]!.stopped).toBe(false);
    wires[0]!.says(admitted({ room: "s" }));
    wires[0]!.says(waiting());
    expect(tracks[1]!.stopped).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect([tracks[1]!.stopped, room.state.camera.on]).toEqual([true, false]);
  });

  test("what of the first connection comes late is of no effect in the second room", async () => {
    const { room, wires, enter } = setUp();
    await enter();
    wires[0]!.says(admitted({ room: "r" }));
    wires[0]!.says(seats);
    expect(room.state.seats).toEqual([]);
  });

  test("what is written is for the room that I am in", async () => {
    const { room, wires, enter } = setUp();
    await enter();
    room.chat("all", "a");
    wires[0]!.says(admitted({ room: "r" }));
    room.chat("one", "b", 3);
    expect(wires[0]!.of("chat").map(({ room }) => room)).toEqual(["", "r"]);
  });

  test("a call is answered once", async () => {
    const { room, wires, enter } = setUp();
    await enter();
    const invitation = (name: string) => ({ type: "invitation", room: name, from: { number: 1, name: "N1", role: "host" }, until: "2026-11-25T10:00:30Z" });
    wires[0]!.says(invitation("r"));
    wires[0]!.says(invitation("s"));
    room.decline("r");
    room.accept("s");
    wires[0]!.says(invitation("t"));
    wires[0]!.onclose?.({ code: 1006 });
    room.accept("t");
    expect(room.state.consultation.calls.map((call) => call.room)).toEqual(["t"]);
    room.leave();
    expect([room.state.consultation.calls, wires[0]!.of("decline"), wires[0]!.of("accept")]).toEqual([[], [{ type: "decline", room: "r" }], [{ type: "accept", room: "s" }]]);
  });
});

describe("sharing a screen", () => {
  async function sharing(mode: "text" | "motion" = "text") {
    const all = setUp(false, "host");
    await all.enter();
    await all.room.share(mode);
    return all;
  }

  test("begins once the browser gives one, and says what for", async () => {
    const { room, wires, screens } = await sharing("motion");
    expect([screens[0]!.contentHint, room.state.shares.mine, wires[0]!.of("share")]).toEqual(["motion", "on", [{ type: "share", on: true, mode: "motion" }]]);
  });

  test.each<[string, (all: Awaited<ReturnType<typeof sharing>>) => void, string, boolean]>([
    ["the person", ({ room }) => room.stopSharing(), "off", true],
    ["the browser", ({ screens }) => screens[0]!.onended?.(), "over", true],
    ["a refusal", ({ wires }) => wires[0]!.says({ type: "error", code: "busy", re: "share" }), "off", false],
    ["another room", ({ wires }) => wires[0]!.says(admitted({ room: "r" })), "off", false],
    ["the waiting room", ({ wires }) => wires[0]!.says(waiting()), "off", false],
    ["the end", ({ wires }) => wires[0]!.says({ type: "bye", code: "closed" }), "off", false],
    [
      "the hearing",
      ({ wires }) => {
        wires[0]!.says(roster([person(2, "in_hearing", { screen: "text" })]));
        wires[0]!.says(roster([person(2)]));
      },
      "told",
      false,
    ],
  ])("ends by %s", async (_, end, mine, told) => {
    const all = await sharing();
    end(all);
    const shares = all.wires[0]!.of("share").map((message) => message.on);
    expect([all.room.state.shares.mine, all.room.presented, shares]).toEqual([mine, null, told ? [true, false] : [true]]);
  });

  test("that comes after one has gone elsewhere is given back", async () => {
    const { room, wires, screens, enter } = setUp(false, "host");
    await enter();
    const asked = room.share("text");
    wires[0]!.says(admitted({ room: "r" }));
    await asked;
    expect([screens[0]!.stopped, wires[0]!.of("share"), room.state.shares.mine]).toEqual([true, [], "off"]);
  });

  test("is told again to a new socket in the same room", async () => {
    const { wires } = await sharing();
    wires[0]!.says(admitted({ pcs: [1] }));
    expect(wires[0]!.of("share")).toHaveLength(2);
  });

  test("one that the hearing waits for, but my page does not have, is taken back once", async () => {
    const { wires, enter } = setUp(false, "host");
    await enter();
    wires[0]!.says(roster([person(2, "in_hearing", { screen: "text" })]));
    wires[0]!.says(roster([person(2, "in_hearing", { screen: "text" }), person(3)]));
    expect(wires[0]!.of("share")).toEqual([{ type: "share", on: false, mode: "" }]);
  });

  test("does not begin for who may not", async () => {
    const { room, wires, screens, enter } = setUp();
    await enter();
    await room.share("text");
    expect([screens, wires[0]!.of("share"), room.state.shares.mine]).toEqual([[], [], "off"]);
  });
});

test("the desk is told each step once", async () => {
  const { room, wires, steps, enter } = setUp();
  await enter();
  wires[0]!.onclose?.({ code: 1006 });
  expect(steps).toEqual(["check", "connecting"]);
  room.leave();
  room.again();
  expect(steps).toEqual(["check", "connecting", "check"]);
});
