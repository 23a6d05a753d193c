// Session descriptions on the wire: base64 of gzip, a fifth of their size, where the browser can; as they are elsewhere.

/** A session description as offer and answer carry it: one of the two is "". */
export interface Packed {
  sdp: string;
  packed: string;
}

export async function pack(sdp: string): Promise<Packed> {
  if (typeof CompressionStream === "undefined") return { sdp, packed: "" };
  const bytes = new Uint8Array(await through(new TextEncoder().encode(sdp), new CompressionStream("gzip")));
  return { sdp: "", packed: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")) };
}

export async function unpack({ sdp, packed }: Packed): Promise<string> {
  if (!packed) return sdp;
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("gzip")));
}

function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}
