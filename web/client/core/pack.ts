// Session descriptions on the wire: base64 of gzip, a fifth of their size, where the browser can; as they are elsewhere.

/** A session description as offer and answer carry it: one of the two is "". */
export interface Packed {
  sdp: string;
  packed: string;
}

export async function pack(sdp: string): Promise<Packed> {
  if (typeof CompressionStream === "undefined") return { sdp, packed: "" };
  const zip = await through(new TextEncoder().encode(sdp), new CompressionStream("gzip"));
  return { sdp: "", packed: base64(new Uint8Array(zip)) };
}

export async function unpack({ sdp, packed }: Packed): Promise<string> {
  if (!packed) return sdp;
  return new TextDecoder().decode(await through(bytes(packed), new DecompressionStream("gzip")));
}

/** bytes reads base64. */
export function bytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** base64 writes bytes; those of a message are few enough for one string. */
export function base64(from: Uint8Array): string {
  return btoa(Array.from(from, (byte) => String.fromCharCode(byte)).join(""));
}

function through(data: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<ArrayBuffer> {
  return new Response(new Blob([data]).stream().pipeThrough(stream)).arrayBuffer();
}
