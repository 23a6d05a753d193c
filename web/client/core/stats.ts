// What getStats tells of one connection, as few numbers: a Sample for the ladder, a Report for the server, and whether anything
// arrives at all. Only differences between two looks count. Browsers leave out what they do not measure: Firefox and Safari tell
// no estimate, old ones neither freezes nor concealment.

import type { Sample } from "./ladder";
import type { Report } from "./wire";

/** The fields that are read of the entries of an RTCStatsReport, all optional. */
export interface Entry {
  type?: string;
  kind?: string;
  rid?: string;
  mid?: string;
  id?: string;
  localId?: string;
  selectedCandidatePairId?: string;
  nominated?: boolean;
  selected?: boolean; // Firefox
  availableOutgoingBitrate?: number;
  currentRoundTripTime?: number;
  roundTripTime?: number;
  jitter?: number;
  bytesSent?: number;
  bytesReceived?: number;
  headerBytesSent?: number;
  headerBytesReceived?: number;
  responsesReceived?: number;
  packetsSent?: number;
  packetsReceived?: number;
  packetsLost?: number;
  packetsDiscarded?: number; // came too late to be played
  concealedSamples?: number;
  silentConcealedSamples?: number;
  totalSamplesReceived?: number;
  totalFreezesDuration?: number;
}

/** Counters are what one look found; they only grow while the streams they are sums of stay. */
export interface Counters {
  at: number;
  available: number | undefined;
  rtt: number | undefined; // ms
  jitter: number | undefined; // ms
  bytesSent: number;
  bytesReceived: number;
  videoBytes: number; // sent
  packetsSent: number; // on streams that the server reports about
  packetsLost: number | undefined; // of those
  inboundPackets: number;
  inboundLost: number;
  concealed: number; // samples
  played: number; // samples; a seat that stays empty plays silence for ever, which says nothing of the others
  frozen: number; // seconds
  layers: Record<string, number>; // packets sent, by rid
  /** Grows with whatever comes in: media, reports, answers to checks. */
  arrivals: number;
}

const fewest = 20; // packets of which a share says something
const layerOrder = ["", "l", "m", "h", "f"];

/** counters reads one report. A shared screen stands still most of the time: screens are the mids of seats that have shown one. */
export function counters(entries: Iterable<Entry>, at: number, screens: ReadonlySet<string | null> = new Set()): Counters {
  const all = [...entries];
  const of = (type: string) => all.filter((entry) => entry.type === type);
  const outbound = of("outbound-rtp");
  const inbound = of("inbound-rtp");
  const remote = of("remote-inbound-rtp");
  const chosen = of("transport").map((transport) => transport.selectedCandidatePairId);
  const pair = of("candidate-pair").find((each) => each.selected || chosen.includes(each.id) || (chosen.length === 0 && each.nominated));
  const reported = outbound.filter((stream) => remote.some((each) => each.localId === stream.id));
  const voice = remote.find((each) => each.kind === "audio" && each.roundTripTime !== undefined) ?? remote.find((each) => each.roundTripTime !== undefined);
  const layers: Record<string, number> = {};
  for (const stream of outbound) if (stream.kind === "video") layers[stream.rid ?? ""] = stream.packetsSent ?? 0;
  return {
    at,
    available: pair?.availableOutgoingBitrate,
    rtt: milliseconds(voice?.roundTripTime ?? pair?.currentRoundTripTime),
    jitter: milliseconds(voice?.jitter),
    bytesSent: sum(outbound, "bytesSent") + sum(outbound, "headerBytesSent"),
    bytesReceived: sum(inbound, "bytesReceived") + sum(inbound, "headerBytesReceived"),
    videoBytes: sum(outbound.filter((stream) => stream.kind === "video"), "bytesSent"),
    packetsSent: sum(reported, "packetsSent"),
    packetsLost: remote.length > 0 ? sum(remote, "packetsLost") : undefined,
    inboundPackets: sum(inbound, "packetsReceived"),
    inboundLost: sum(inbound, "packetsLost"),
    concealed: sum(inbound, "concealedSamples") - sum(inbound, "silentConcealedSamples"),
    played: sum(inbound, "totalSamplesReceived") - sum(inbound, "silentConcealedSamples"),
    frozen: sum(inbound.filter((stream) => !screens.has(stream.mid ?? null)), "totalFreezesDuration"),
    layers,
    arrivals: sum(inbound, "packetsReceived") + (pair?.bytesReceived ?? 0) + (pair?.responsesReceived ?? 0),
  };
}

/** sample is what the ladder looks at, between two looks. */
export function sample(before: Counters, after: Counters): Sample {
  const packets = after.packetsSent - before.packetsSent;
  const told = after.packetsLost !== undefined && before.packetsLost !== undefined && packets >= fewest;
  const lost = told ? (after.packetsLost ?? 0) - (before.packetsLost ?? 0) : undefined;
  const flows = after.videoBytes > before.videoBytes;
  return {
    available: flows ? after.available : undefined,
    sent: rate(before, after, "bytesSent"),
    loss: lost === undefined ? undefined : share(lost, packets),
    rtt: after.rtt,
    jitter: after.jitter,
  };
}

/** measured is the part of a Report that two looks tell. */
export function measured(before: Counters, after: Counters): Pick<Report, "sent" | "received" | "loss" | "rtt" | "concealed" | "freezes" | "layer"> {
  const lost = grown(before, after, "inboundLost");
  return {
    sent: Math.round(rate(before, after, "bytesSent")),
    received: Math.round(rate(before, after, "bytesReceived")),
    loss: perMille(share(lost, lost + grown(before, after, "inboundPackets"))),
    rtt: Math.round(after.rtt ?? 0),
    concealed: perMille(share(grown(before, after, "concealed"), grown(before, after, "played"))),
    freezes: Math.round(1000 * grown(before, after, "frozen")),
    layer: largest(before.layers, after.layers),
  };
}

function largest(before: Record<string, number>, after: Record<string, number>): string {
  const sent = layerOrder.filter((rid) => (after[rid] ?? 0) > (before[rid] ?? 0));
  return sent[sent.length - 1] ?? "";
}

type Count = "bytesSent" | "bytesReceived" | "inboundPackets" | "inboundLost" | "concealed" | "played" | "frozen";

// A stream that ends takes its counts with it.
function grown(before: Counters, after: Counters, what: Count): number {
  return Math.max(0, after[what] - before[what]);
}

function rate(before: Counters, after: Counters, what: "bytesSent" | "bytesReceived"): number {
  return after.at > before.at ? (8000 * grown(before, after, what)) / (after.at - before.at) : 0;
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

function perMille(value: number): number {
  return Math.round(1000 * value);
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : 1000 * seconds;
}

type Numeric = { [K in keyof Entry]-?: Entry[K] extends number | undefined ? K : never }[keyof Entry];

function sum(entries: Entry[], field: Numeric): number {
  return entries.reduce((total, entry) => total + (entry[field] ?? 0), 0);
}
