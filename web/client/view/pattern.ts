// A picture that no encoder can make small: what it carries is what the line carries.

export interface Pattern {
  track: MediaStreamTrack;
  stop(): void;
}

const grain = 8; // pixels of a block
const pictures = 15; // a second, as of a camera

/** testPattern is 640×360 of snow; null where a browser cannot send a canvas. */
export function testPattern(): Pattern | null {
  const canvas = size(document.createElement("canvas"), 640, 360);
  const small = size(document.createElement("canvas"), 640 / grain, 360 / grain);
  const large = canvas.getContext("2d");
  const snow = small.getContext("2d");
  const track = canvas.captureStream?.(pictures).getVideoTracks()[0];
  if (!large || !snow || !track) return null;
  large.imageSmoothingEnabled = false;
  const flakes = snow.createImageData(small.width, small.height);
  const timer = setInterval(() => {
    for (let i = 0; i < flakes.data.length; i += 4) flakes.data.fill(Math.random() * 256, i, i + 3);
    for (let i = 3; i < flakes.data.length; i += 4) flakes.data[i] = 255;
    snow.putImageData(flakes, 0, 0);
    large.drawImage(small, 0, 0, canvas.width, canvas.height);
  }, 1000 / pictures);
  return {
    track,
    stop: () => {
      clearInterval(timer);
      track.stop();
    },
  };
}

function size(canvas: HTMLCanvasElement, width: number, height: number): HTMLCanvasElement {
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
