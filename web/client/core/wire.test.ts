import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ClientMessage, decode, encode, WireError } from "./wire";

const folder = new URL("../../../signaling/testdata/messages/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), "utf8").trim();
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
const packed = "H4sIAAAAAAACAyuzNeDlyrfVVTAEQk8/Bc8AEwUDPTDk5Sq21eXlKrE1UACyAXNBO84pAAAA";
const image = "UklGRhgAAABXRUJQVlA4IAwAAAAQAACdASoQAAkAAAA=";

const sent: Record<string, ClientMessage> = {
  "client-admit.json": { type: "admit", number: 3 },
  "client-drop.json": { type: "drop", pc: 1 },
  "client-end.json": { type: "end" },
  "client-join.json": { type: "join", version: 1, device: "q8Zb2mC0sVfJkT1x", replace: false },
  "client-leave.json": { type: "leave" },
  "client-offer.json": { type: "offer", pc: 1, path: "direct", sdp: "", packed, level: "small" },
  "client-ping.json": { type: "ping", n: 7 },
  "client-prefer.json": {
    type: "prefer",
    pc: 1,
    seats: [
      { seat: 0, height: 360 },
      { seat: 1, height: 180 },
      { seat: 2, height: 0 },
    ],
  },
  "client-remove.json": { type: "remove", number: 3 },
  "client-level.json": { type: "level", up: "stills", limit: "voice" },
  "client-report.json": {
    type: "report",
    pc: 1,
    path: "relay",
    level: "small",
    sent: 96_000,
    received: 148_000,
    loss: 21,
    rtt: 310,
    concealed: 9,
    freezes: 480,
    layer: "l",
  },
  "client-still.json": { type: "still", image },
  "client-accept.json": { type: "accept", room: "k7Qx2mVb9TfA" },
  "client-admit_all.json": { type: "admit_all" },
  "client-ask.json": { type: "ask", number: 4, what: "microphone" },
  "client-channel.json": { type: "channel", language: "fr" },
  "client-chat.json": { type: "chat", room: "k7Qx2mVb9TfA", to: "one", number: 3, text: "هل وصلتكم الوثيقة؟" },
  "client-clear.json": { type: "clear" },
  "client-consult.json": { type: "consult", numbers: [3, 4] },
  "client-decline.json": { type: "decline", room: "k7Qx2mVb9TfA" },
  "client-deliberate.json": { type: "deliberate" },
  "client-dismiss.json": { type: "dismiss", number: 4 },
  "client-extend.json": { type: "extend", minutes: 15 },
  "client-hand.json": { type: "hand", up: true },
  "client-help.json": { type: "help", on: true },
  "client-knock.json": { type: "knock", room: "k7Qx2mVb9TfA" },
  "client-layout.json": { type: "layout", layout: "speaker" },
  "client-listen.json": { type: "listen", language: "fr" },
  "client-lock.json": { type: "lock", on: true },
  "client-lower.json": { type: "lower", number: 4 },
  "client-mute.json": { type: "mute", number: 0, lock: true },
  "client-next.json": { type: "next", close: true },
  "client-notice.json": { type: "notice", text: "Nous commençons dans dix minutes." },
  "client-pause.json": { type: "pause" },
  "client-resume.json": { type: "resume" },
  "client-return.json": { type: "return" },
  "client-share.json": { type: "share", on: true, mode: "text" },
  "client-sharing.json": { type: "sharing", open: true },
  "client-spotlight.json": { type: "spotlight", number: 4 },
  "client-start.json": { type: "start" },
  "client-suspend.json": { type: "suspend", reason: "technical" },
  "client-unlock.json": { type: "unlock", number: 4 },
  "client-state.json": { type: "state", microphone: true, camera: false },
};

describe("golden messages", () => {
  const client = names.filter((name) => name.startsWith("client-"));
  const server = names.filter((name) => name.startsWith("server-"));

  test("every client message is ours", () => expect(client.sort()).toEqual(Object.keys(sent).sort()));
  test.each(client)("%s is written byte for byte", (name) => {
    const message = sent[name];
    expect(message && encode(message)).toBe(read(name));
  });
  test.each(server)("%s is read whole", (name) => expect(decode(read(name))).toEqual(JSON.parse(read(name))));
  test.each(server)("%s with one more field is refused", (name) => {
    const more = JSON.stringify({ ...(JSON.parse(read(name)) as object), surprise: 1 });
    expect(() => decode(more)).toThrow(WireError);
  });
});

test.each([
  ["not JSON", "{"],
  ["null", "null"],
  ["no type", "{}"],
  ["unknown type", '{"type":"nonsense"}'],
  ["inherited type", '{"type":"toString"}'],
  ["missing field", '{"type":"answer","pc":1}'],
  ["wrong kind", '{"type":"pong","n":"7"}'],
  ["fraction", '{"type":"pong","n":0.5}'],
  ["unknown place", read("server-roster.json").replace('"in_hearing"', '"moon"')],
  ["nested unknown field", '{"type":"seats","pc":1,"seats":[{"seat":0,"number":1,"screen":false,"paused":"","x":2}]}'],
  ["unknown pause", '{"type":"seats","pc":1,"seats":[{"seat":0,"number":1,"screen":false,"paused":"nap"}]}'],
  ["unknown word", '{"type":"quality","participants":[{"number":1,"word":"fine"}]}'],
])("refuses %s", (_, frame) => expect(() => decode(frame)).toThrow(WireError));

test("before any choice of a host there is no layout", () => {
  const roster = { ...(JSON.parse(read("server-roster.json")) as object), layout: "", channels: null };
  expect(decode(JSON.stringify(roster))).toMatchObject({ layout: "", channels: [] });
});

test("a null list is an empty list", () => {
  expect(decode('{"type":"speaking","numbers":null}')).toEqual({ type: "speaking", numbers: [] });
});
