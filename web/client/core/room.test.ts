import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Room } from "./room";
import type { Socket } from "./signal";
import { admitted, seat, waiting } from "./testing";

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
  addTransceiver = () => ({
    sender: { replaceTrack: async () => undefined, getParameters: () => ({}) },
    receiver: {},
  });
  createOffer = async () => ({ sdp: "offer" });
  setLocalDescription = async () => undefined;
  setRemoteDescription = async () => undefined;
  close = () => undefined;
}

class Track {
  enabled = true;
  contentHint = "";
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

const seats = { type: "seats", pc: 1, seats: [seat(1), seat(3, { seat: 1 })] };

function setUp(refused = false) {
  const wires: Wire[] = [];
  const pcs: Connection[] = [];
  const tracks: Track[] = [];
  const steps: string[] = [];
  const devices = {
    getUserMedia: async () => {
      if (refused) throw Object.assign(new Error(), { name: "NotAllowedError" });
      tracks.push(new Track());
      return { getTracks: () => tracks.slice(-1) };
    },
    enumerateDevices: async () => [],
  };
  const room = new Room({
    number: 2,
    host: false,
    role: "party",
    device: "d",
    openSocket: () => (wires.push(new Wire()), wires[wires.length - 1]!),
    connect: () => (pcs.push(new Connection()), pcs[pcs.length - 1] as unknown as RTCPeerConnection),
    devices: devices as unknown as MediaDevices,
    now: Date.now,
    plain: false,
    hints: () => ({}),
    keepLevel: () => undefined,
    limit: "",
    keepLimit: () => undefined,
    step: (step) => steps.push(step),
    snap: async () => null,
    lastPath: () => "direct",
    keepPath: () => undefined,
  });
  const enter = async () => {
    await room.join();
    wires[0]!.onopen?.();
    wires[0]!.says(admitted());
    await vi.advanceTimersByTimeAsync(0);
    pcs[0]!.connectionState = "connected";
    pcs[0]!.onconnectionstatechange?.();
    wires[0]!.says(seats);
  };
  return { room, wires, pcs, tracks, steps, enter };
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
