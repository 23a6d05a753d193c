import type { Locator, Page } from '@playwright/test';

declare global {
  interface Window {
    readonly connections: RTCPeerConnection[];
  }
}

interface Inbound {
  kind: string;
  packetsReceived: number;
  framesDecoded?: number;
  totalAudioEnergy?: number;
}

async function inbound(page: Page): Promise<Record<string, Inbound>> {
  return page.evaluate(async () => {
    const all: Record<string, Inbound> = {};
    for (const [i, pc] of window.connections.entries()) {
      if (pc.connectionState === 'closed') continue;
      for (const report of (await pc.getStats()).values()) {
        if (report.type === 'inbound-rtp') {
          const { kind, packetsReceived, framesDecoded, totalAudioEnergy } = report;
          all[`${i} ${report.id}`] = { kind, packetsReceived, framesDecoded, totalAudioEnergy };
        }
      }
    }
    return all;
  });
}

/** Over two seconds: how many streams brought sound with energy in it, how many brought decoded frames. */
export async function received(page: Page): Promise<{ voices: number; faces: number }> {
  const before = await inbound(page);
  await page.waitForTimeout(2_000);
  const after = await inbound(page);
  let voices = 0, faces = 0;
  for (const [id, now] of Object.entries(after)) {
    const then = before[id];
    if (!then) continue;
    if (now.kind === 'audio' && (now.totalAudioEnergy ?? 0) - (then.totalAudioEnergy ?? 0) > 1e-4) voices++;
    if (now.kind === 'video' && (now.framesDecoded ?? 0) - (then.framesDecoded ?? 0) >= 2) faces++;
  }
  return { voices, faces };
}

/** The strongest channel of the picture that a tile shows just now. */
export async function picture(tile: Locator): Promise<string> {
  return tile.locator('video').evaluate((video: HTMLVideoElement) => {
    if (!video.videoWidth) return 'none';
    const canvas = document.createElement('canvas');
    canvas.width = 16;
    canvas.height = 9;
    const context = canvas.getContext('2d')!;
    context.drawImage(video, 0, 0, 16, 9);
    const sum = [0, 0, 0];
    const { data } = context.getImageData(0, 3, 16, 5);
    for (let i = 0; i < data.length; i += 4) for (const c of [0, 1, 2]) sum[c] += data[i + c];
    return ['red', 'green', 'blue'][sum.indexOf(Math.max(...sum))];
  });
}
