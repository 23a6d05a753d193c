// The later parts of the room: what nobody needs before joining is fetched then, so that the device check is there soon.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useRoom } from "./context";

const parts = { panels: () => import("./panels"), bench: () => import("./bench") };

type Parts = { [Name in keyof typeof parts]: Awaited<ReturnType<(typeof parts)[Name]>> };

/** Part is a later part; null while it is on its way, false when it could not be fetched. */
export type Part<Name extends keyof Parts> = Parts[Name] | null | false;

const here: Partial<Parts> = {};
const again = [1_000, 4_000, 15_000]; // ms until another try

/** usePart fetches a part where it is wanted. */
export function usePart<Name extends keyof Parts>(name: Name, wanted = true): Part<Name> {
  const [part, setPart] = useState<Part<Name>>(here[name] ?? null);
  useEffect(() => {
    if (part || !wanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const fetch = (tries: number) => {
      (parts[name]() as Promise<Parts[Name]>).then(
        (loaded) => {
          here[name] = loaded;
          if (!gone) setPart(() => loaded);
        },
        () => {
          if (gone) return;
          if (tries === again.length) setPart(false);
          else timer = setTimeout(() => fetch(tries + 1), again[tries]);
        },
      );
    };
    fetch(0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [name, wanted, part]);
  return part;
}

/** NotHere stands in place of a part: it is coming, or the page has to be read again, which comes straight back. */
export function NotHere({ part }: { part: null | false }): JSX.Element {
  const { t } = useRoom();
  if (part === null) return <p class="not-here">{t("room.later.wait")}</p>;
  return (
    <div class="not-here" role="alert">
      <p>{t("room.later.failed")}</p>
      <button type="button" class="button quiet" onClick={() => location.reload()}>
        {t("room.later.reload")}
      </button>
    </div>
  );
}
