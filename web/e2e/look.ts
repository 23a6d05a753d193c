import './probe';

/** A person with either browser, as far as looking into their page goes. */
export interface Sight {
  evaluate<A, R>(look: (a: A) => R | Promise<R>, a: A): Promise<R>;
}

interface Inbound {
  kind: string;
  framesDecoded?: number;
  totalAudioEnergy?: number;
}

async function inbound(person: Sight): Promise<Record<string, Inbound>> {
  return person.evaluate(async () => {
    const all: Record<string, Inbound> = {};
    for (const [i, pc] of window.connections.entries()) {
      if (pc.connectionState === 'closed') continue;
      for (const report of (await pc.getStats()).values()) {
        if (report.type === 'inbound-rtp') {
          const { kind, framesDecoded, totalAudioEnergy } = report;
          all[`${i} ${report.id}`] = { kind, framesDecoded, totalAudioEnergy };
        }
      }
    }
    return all;
  }, undefined);
}

/** Over two seconds: how many streams brought sound with energy in it, how many brought decoded frames. */
export async function received(person: Sight): Promise<{ voices: number; faces: number }> {
  const before = await inbound(person);
  await new Promise(resolve => setTimeout(resolve, 2_000));
  const after = await inbound(person);
  let voices = 0, faces = 0;
  for (const [id, now] of Object.entries(after)) {
    const then = before[id];
    if (!then) continue;
    if (now.kind === 'audio' && (now.totalAudioEnergy ?? 0) - (then.totalAudioEnergy ?? 0) > 1e-4) voices++;
    if (now.kind === 'video' && (now.framesDecoded ?? 0) - (then.framesDecoded ?? 0) >= 2) faces++;
  }
  return { voices, faces };
}

/**
 * Waits until this many streams of one connection have brought sound from now on; answers when that was (Date.now()).
 * The first connections the page made may be left out: their buffers still sound for a moment when the server is dead.
 */
export async function heard(person: Sight, voices: number, leftOut = 0): Promise<number> {
  const at = await person.evaluate(async ({ voices, leftOut }) => {
    const patience = 30_000;
    const energies = async () => {
      const all = new Map<string, number>();
      for (const [i, pc] of window.connections.entries()) {
        if (i < leftOut || pc.connectionState === 'closed') continue;
        for (const r of (await pc.getStats()).values()) {
          if (r.type === 'inbound-rtp' && r.kind === 'audio') all.set(`${i} ${r.id}`, r.totalAudioEnergy ?? 0);
        }
      }
      return all;
    };
    const start = await energies();
    for (const end = Date.now() + patience; Date.now() < end; await new Promise(resolve => setTimeout(resolve, 50))) {
      const louder = [...(await energies())].filter(([id, energy]) => energy - (start.get(id) ?? 0) > 1e-4);
      const perConnection = new Map<string, number>();
      for (const [id] of louder) perConnection.set(id.split(' ')[0], (perConnection.get(id.split(' ')[0]) ?? 0) + 1);
      if (Math.max(0, ...perConnection.values()) >= voices) return Date.now();
    }
    return 0;
  }, { voices, leftOut });
  if (at === 0) throw new Error(`not ${voices} voices within half a minute`);
  return at;
}

/** The way media takes on each living connection: kind of the local candidate and the protocol towards the server or relay. */
export async function paths(person: Sight): Promise<string[]> {
  return person.evaluate(async () => {
    const found: string[] = [];
    for (const pc of window.connections) {
      if (pc.connectionState === 'closed') continue;
      const reports = await pc.getStats();
      let pair: string | undefined;
      for (const r of reports.values()) if (r.type === 'transport') pair = r.selectedCandidatePairId;
      for (const r of reports.values()) if (!pair && r.type === 'candidate-pair' && r.selected) pair = r.id; // Firefox
      const local = pair && reports.get(reports.get(pair).localCandidateId);
      found.push(local ? `${local.candidateType} ${local.relayProtocol ?? local.protocol}` : 'none');
    }
    return found;
  }, undefined);
}

/** Over two seconds: which layers of the camera go out. */
export async function layersSent(person: Sight): Promise<string[]> {
  const sent = () => person.evaluate(async () => {
    const bytes: Record<string, number> = {};
    for (const pc of window.connections) {
      if (pc.connectionState === 'closed') continue;
      for (const r of (await pc.getStats()).values()) {
        if (r.type === 'outbound-rtp' && r.kind === 'video') bytes[r.rid ?? ''] = r.bytesSent; // probes bring packets without
      }
    }
    return bytes;
  }, undefined);
  const before = await sent();
  await new Promise(resolve => setTimeout(resolve, 2_000));
  const after = await sent();
  return Object.keys(after).filter(rid => after[rid] > (before[rid] ?? 0)).sort();
}

/** How many connections the page has made. */
export async function connections(person: Sight): Promise<number> {
  return person.evaluate(() => window.connections.length, undefined);
}

/** Every phase the room has been in since the page loaded, and when. */
export async function phases(person: Sight): Promise<{ state: string; at: number }[]> {
  return person.evaluate(() => window.phases, undefined);
}

/** What a picture shows just now: its height in lines, and its mean colour as RGB. */
export interface Picture {
  height: number;
  colour: number[];
}

/** The picture of a participant's tile. */
export function picture(person: Sight, number: number): Promise<Picture> {
  return shown(person, `[data-testid=tile][data-number="${number}"] video`);
}

/** One's own picture in the corner. */
export function ownPicture(person: Sight): Promise<Picture> {
  return shown(person, '[data-testid=self] video');
}

async function shown(person: Sight, selector: string): Promise<Picture> {
  return person.evaluate(s => {
    const video = document.querySelector<HTMLVideoElement>(s);
    if (!video?.videoWidth) return { height: 0, colour: [0, 0, 0] };
    const canvas = document.createElement('canvas');
    canvas.width = 16;
    canvas.height = 9;
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0, 16, 9);
    const { data } = context.getImageData(0, 3, 16, 5);
    const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) for (const c of [0, 1, 2]) sum[c] += data[i + c];
    return { height: video.videoHeight, colour: sum.map(s => Math.round(s / (data.length / 4))) };
  }, selector);
}

/** How far apart two colours are, in the channel where it is most. */
export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((channel, i) => Math.abs(channel - b[i])));
}

/** The name of a colour's strongest channel. */
export function strongest(colour: readonly number[]): string {
  return Math.max(...colour) === 0 ? 'none' : ['red', 'green', 'blue'][colour.indexOf(Math.max(...colour))];
}
