import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pause, Signal, type Socket } from "./signal";

class Wire implements Socket {
  sent: { type: string; [key: string]: unknown }[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  send(data: string): void {
    this.sent.push(JSON.parse(data) as { type: string });
  }
  close(): void {
    this.closed = true;
  }
  says(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function setUp() {
  const wires: Wire[] = [];
  const seen: string[] = [];
  const clocks: number[] = [];
  const signal = new Signal({
    device: "d1",
    now: Date.now,
    random: () => 1,
    open: () => {
      wires.push(new Wire());
      return wires[wires.length - 1]!;
    },
    status: (status) => seen.push(status),
    message: (message) => seen.push(`got ${message.type}`),
    bye: (code) => seen.push(`bye ${code}`),
    clock: (ahead) => clocks.push(ahead),
  });
  return { wires, seen, signal, clocks };
}

const waiting = { type: "waiting", host_present: false, position: 1, waiting: 1, delay_minutes: 0, state: "open", company: [], help: false };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("signal", () => {
  test("joins first, pings when it is let in, then every five seconds", () => {
    const { wires, signal } = setUp();
    signal.start(false);
    expect(signal.send({ type: "end" })).toBe(false);
    wires[0]!.onopen?.();
    expect(wires[0]!.sent).toHaveLength(1);
    wires[0]!.says(waiting);
    wires[0]!.says(waiting);
    expect(wires[0]!.sent).toHaveLength(2);
    wires[0]!.says({ type: "pong", n: 1, at: 0 });
    vi.advanceTimersByTime(5_000);
    wires[0]!.says({ type: "pong", n: 2, at: 0 });
    vi.advanceTimersByTime(5_000);
    expect(wires[0]!.sent).toEqual([
      { type: "join", version: 1, device: "d1", replace: false },
      { type: "ping", n: 1 },
      { type: "ping", n: 2 },
      { type: "ping", n: 3 },
    ]);
  });

  test("tells how far the server's clock is before ours, by the quickest answer", () => {
    const { wires, signal, clocks } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    const answered = (n: number, after: number) => {
      vi.advanceTimersByTime(after);
      wires[0]!.says({ type: "pong", n, at: Date.now() - after / 2 + 90_000 + after });
      vi.advanceTimersByTime(5_000 - after);
    };
    wires[0]!.says(waiting);
    answered(1, 400);
    answered(2, 100);
    answered(3, 900);
    expect(clocks).toEqual([90_400, 90_100, 90_100]);
  });

  test("twelve seconds of silence are a dead socket", () => {
    const { wires, seen, signal } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    wires[0]!.says(waiting);
    vi.advanceTimersByTime(11_999);
    expect(wires).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(wires[0]!.closed).toBe(true);
    expect(seen).toEqual(["connecting", "open", "got waiting", "lost"]);
    vi.advanceTimersByTime(500);
    expect(wires).toHaveLength(2);
  });

  test("comes back by itself, as the same device, ever more slowly, and at once when nudged", () => {
    const { wires, signal } = setUp();
    signal.start(false);
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      const count = wires.length;
      wires[count - 1]!.onclose?.({ code: 1006 });
      vi.advanceTimersByTime(wait - 1);
      expect(wires).toHaveLength(count);
      vi.advanceTimersByTime(1);
      expect(wires).toHaveLength(count + 1);
    }
    wires[wires.length - 1]!.onclose?.({ code: 1006 });
    const count = wires.length;
    signal.nudge();
    expect(wires).toHaveLength(count + 1);
    wires[count]!.onopen?.();
    expect(wires[count]!.sent[0]).toMatchObject({ type: "join", device: "d1" });
  });

  describe("asked whether it is there", () => {
    const asking = (trip: number) => {
      const made = setUp();
      made.signal.start(false);
      made.wires[0]!.onopen?.();
      vi.advanceTimersByTime(trip);
      made.wires[0]!.says(waiting);
      vi.advanceTimersByTime(trip);
      made.wires[0]!.says({ type: "pong", n: 1, at: 0 });
      return made;
    };
    const lostAfter = (seen: string[]) => {
      let waited = 0;
      for (; !seen.includes("lost") && waited < 20_000; waited += 10) vi.advanceTimersByTime(10);
      return waited;
    };

    test("has four seconds to answer, however often it is asked", () => {
      const { signal, seen } = asking(50);
      signal.nudge();
      vi.advanceTimersByTime(2_000);
      signal.nudge();
      expect(lostAfter(seen)).toBe(2_000);
    });

    test("while media is silent has four trips, a second at least, from the first question on", () => {
      const quick = asking(50);
      quick.signal.nudge();
      vi.advanceTimersByTime(600);
      quick.signal.doubt();
      expect(lostAfter(quick.seen)).toBe(400);
      const slow = asking(800);
      slow.signal.doubt();
      expect(lostAfter(slow.seen)).toBe(3_200);
      const slower = asking(2_000);
      slower.signal.doubt();
      expect(lostAfter(slower.seen)).toBe(4_000);
    });

    test("stays when it answers", () => {
      const { signal, seen, wires } = asking(50);
      signal.doubt();
      vi.advanceTimersByTime(900);
      wires[0]!.says({ type: "pong", n: 2, at: 0 });
      expect(lostAfter(seen)).toBe(12_000);
    });
  });

  test.each(["removed", "closed", "cancelled", "already_connected", "replaced", "unknown_link", "bad_message"])(
    "bye %s is final",
    (code) => {
      const { wires, seen, signal } = setUp();
      signal.start(false);
      wires[0]!.onopen?.();
      wires[0]!.says({ type: "bye", code });
      vi.advanceTimersByTime(60_000);
      expect(wires).toHaveLength(1);
      expect(seen.slice(-1)).toEqual([`bye ${code}`]);
    },
  );

  test("a full house is final at the door, and passing for who was in", () => {
    const { wires, seen, signal } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    wires[0]!.says(waiting);
    wires[0]!.onclose?.({ code: 1006 });
    vi.advanceTimersByTime(500);
    wires[1]!.onopen?.();
    wires[1]!.says({ type: "bye", code: "capacity" });
    vi.advanceTimersByTime(60_000);
    expect(wires.length).toBeGreaterThan(2);
    signal.start(false);
    const door = wires.length - 1;
    wires[door]!.onopen?.();
    wires[door]!.says({ type: "bye", code: "capacity" });
    vi.advanceTimersByTime(60_000);
    expect(wires).toHaveLength(door + 1);
    expect(seen.slice(-1)).toEqual(["bye capacity"]);
  });

  test("what was too large is not sent again", () => {
    const { wires, signal } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    wires[0]!.onclose?.({ code: 1009 });
    vi.advanceTimersByTime(60_000);
    expect(wires).toHaveLength(1);
  });

  test.each(["restart", "slow", "rate"])("bye %s asks us back", (code) => {
    const { wires, seen, signal } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    wires[0]!.says({ type: "bye", code });
    vi.advanceTimersByTime(15_000);
    expect(wires.length).toBeGreaterThan(1);
    expect(seen).not.toContain(`bye ${code}`);
  });

  // One table for server and client; 1000 says nothing to a client, see below.
  const codes = JSON.parse(readFileSync(new URL("../../../signaling/testdata/close_codes.json", import.meta.url), "utf8")) as {
    final: Record<string, number>;
    passing: Record<string, number>;
  };

  test.each(Object.entries(codes.final).filter(([, code]) => code !== 1000))("the close code of a lost bye %s speaks for it", (word, code) => {
    const { wires, seen, signal } = setUp();
    signal.start(false);
    wires[0]!.onclose?.({ code });
    expect(seen.slice(-1)).toEqual([`bye ${word}`]);
  });

  test.each(Object.entries(codes.passing))("the close code of a lost bye %s asks us back", (_, code) => {
    const { wires, signal } = setUp();
    signal.start(false);
    wires[0]!.onclose?.({ code });
    vi.advanceTimersByTime(60_000);
    expect(wires.length).toBeGreaterThan(1);
  });

  test("an ordinary close ends nothing: Firefox sees one when the page reloads", () => {
    const { wires, seen, signal } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    wires[0]!.says(waiting);
    wires[0]!.onclose?.({ code: 1000 });
    expect(seen.slice(-1)).toEqual(["lost"]);
    vi.advanceTimersByTime(500);
    expect(wires).toHaveLength(2);
  });

  test("takes another device's place once, not at each reconnect", () => {
    const { wires, signal } = setUp();
    signal.start(true);
    wires[0]!.onopen?.();
    wires[0]!.says(waiting);
    wires[0]!.onclose?.({ code: 1006 });
    vi.advanceTimersByTime(500);
    wires[1]!.onopen?.();
    expect(wires.map((wire) => wire.sent[0]!.replace)).toEqual([true, false]);
  });

  test("a frame outside the schema changes nothing", () => {
    const { wires, seen, signal } = setUp();
    signal.start(false);
    wires[0]!.onopen?.();
    wires[0]!.onmessage?.({ data: '{"type":"roster"}' });
    expect(seen).toEqual(["connecting"]);
  });

  test("stop is silent and final", () => {
    const { wires, signal } = setUp();
    signal.start(false);
    signal.stop();
    vi.advanceTimersByTime(60_000);
    expect(wires).toHaveLength(1);
    expect(wires[0]!.closed).toBe(true);
  });
});

test("half of the pause is chance", () => {
  expect([pause(0, 0), pause(0, 1), pause(3, 0), pause(20, 1)]).toEqual([250, 500, 2_000, 15_000]);
});
