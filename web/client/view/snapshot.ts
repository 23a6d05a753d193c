// Takes still pictures of the camera: a video that nobody sees, drawn into a canvas and encoded by the browser.

let video: HTMLVideoElement | undefined;
let shown: MediaStreamTrack | undefined;

/** snapshot is one picture of a camera track, WebP or, where the browser writes none, JPEG; null while there is none to see. */
export async function snapshot(track: MediaStreamTrack, width: number, quality: number): Promise<Uint8Array | null> {
  const source = await playing(track);
  if (!source || source.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(width, source.videoWidth);
  canvas.height = Math.round((canvas.width * source.videoHeight) / source.videoWidth);
  canvas.getContext("2d")?.drawImage(source, 0, 0, canvas.width, canvas.height);
  const blob = (await encoded(canvas, "image/webp", quality)) ?? (await encoded(canvas, "image/jpeg", quality));
  return blob && new Uint8Array(await blob.arrayBuffer());
}

// An unknown type gives a PNG, which is too large for anything.
function encoded(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob?.type === type ? blob : null), type, quality));
}

async function playing(track: MediaStreamTrack): Promise<HTMLVideoElement | null> {
  video ??= Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  if (shown !== track) {
    shown = track;
    video.srcObject = new MediaStream([track]);
    track.addEventListener("ended", release, { once: true });
  }
  await video.play();
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? video : null;
}

// A video that holds a track would keep the light of the camera on in some browsers.
function release(): void {
  if (!video) return;
  video.srcObject = null;
  shown = undefined;
}
