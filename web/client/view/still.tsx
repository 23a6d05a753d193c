import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Still } from "../core/state";
import { useRoom } from "./context";

const freshFor = 30_000;

/** StillPicture stands where no moving picture comes. */
export function StillPicture({ image }: Pick<Still, "image">): JSX.Element | null {
  const url = useAddress(image);
  return url ? <img class="still" src={url} alt="" /> : null;
}

/** StillWord says that a picture does not move, and when it is an old one. */
export function StillWord({ at }: Pick<Still, "at">): JSX.Element {
  const { t } = useRoom();
  const old = useOld(at);
  return (
    <p class="badge dark" data-testid="still" data-old={old}>
      {t(old ? "room.tile.old" : "room.tile.still")}
    </p>
  );
}

// The address of an image lives as long as it is shown; the browser would keep it for the whole hearing.
function useAddress(image: Uint8Array<ArrayBuffer>): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([image]));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [image]);
  return url;
}

function useOld(at: number): boolean {
  const [old, setOld] = useState(false);
  useEffect(() => {
    const age = Date.now() - at;
    setOld(age >= freshFor);
    const timer = setTimeout(() => setOld(true), freshFor - age);
    return () => clearTimeout(timer);
  }, [at]);
  return old;
}
