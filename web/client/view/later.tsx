// The later parts of the room: what nobody needs until they are let in is fetched behind the first screen, so that this is
// there soon; first what is needed to be heard. A part is a module, its style and its words.

import type { JSX } from "preact";
import type { Boot } from "../boot";
import type { Messages } from "../core/i18n";
import { Later } from "../core/later";
import type { Room } from "../core/room";
import "./act"; // what both parts say must come with the room, or it would be a file between them
import { useRoom } from "./context";
import { keep } from "./files";

const modules = { live: () => import("../live"), inside: () => import("./inside"), bench: () => import("./bench") };

type Modules = { [Name in keyof typeof modules]: Awaited<ReturnType<(typeof modules)[Name]>> };

/** Part is a later part; null while it is on its way, false while it does not come. */
export type Part<Name extends keyof Modules> = Modules[Name] | null | false;

/** Parts fetches the one part after the other. */
export class Parts {
  private readonly later: { [Name in keyof Modules]: Later<Modules[Name]> };
  /** What draws the page anew when a part has come, or does not. */
  draw: () => void = () => undefined;

  constructor(private readonly boot: Boot, private readonly room: Room) {
    this.later = { live: this.part("live"), inside: this.part("inside"), bench: this.part("bench") };
  }

  begin(): void {
    this.later.live.begin();
  }

  nudge(): void {
    for (const each of Object.values(this.later)) each.nudge();
  }

  get<Name extends keyof Modules>(name: Name): Part<Name> {
    const failing = Object.values(this.later).some((each) => each.failing); // none comes before the one that does not
    return this.later[name].here ?? (failing ? false : null);
  }

  private part<Name extends keyof Modules>(name: Name): Later<Modules[Name]> {
    return new Later({
      get: async () => {
        for (const file of this.boot.later[name] ?? []) await this.bring(file); // side by side they would crowd a thin link
        return modules[name]() as Promise<Modules[Name]>;
      },
      changed: () => {
        const { live, inside, bench } = this.later;
        if (name === "live" && live.here) live.here.bring(this.room, this.boot);
        if (live.here) inside.begin();
        if (inside.here && this.boot.later.bench) bench.begin(); // hosts and clerks
        this.draw();
      },
    });
  }

  private async bring(file: string): Promise<void> {
    const text = await keep(file);
    if (file.endsWith(".json")) Object.assign(this.boot.messages, JSON.parse(text) as Messages);
  }
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
