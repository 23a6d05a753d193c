// How large the tiles of the page are, told to the server seat by seat once they have settled.

import { inside, type State } from "./state";
import type { ClientMessage, Preference, Seat } from "./wire";

export interface WishesConfig {
  state(): State;
  send(message: ClientMessage): boolean;
}

const settled = 250;

/** Heights are what the tiles of a page can show, by the number of a participant; a screen's has the number below zero. */
export type Heights = ReadonlyMap<number, number>;

/** preferences asks per seat for what its tile can show: nothing while the page is hidden. */
export function preferences(seats: readonly Seat[], heights: Heights, hidden: boolean): Preference[] {
  return seats.map(({ seat, number, screen }) => ({ seat, height: hidden ? 0 : (heights.get(screen ? -number : number) ?? 0) }));
}

export function samePreferences(a: readonly Preference[], b: readonly Preference[]): boolean {
  return a.length === b.length && a.every((one, i) => one.seat === b[i]?.seat && one.height === b[i]?.height);
}

export class Wishes {
  private readonly heights = new Map<number, number>();
  private hidden = false;
  private told: { pc: number; seats: Preference[] } = { pc: 0, seats: [] };
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly config: WishesConfig) {}

  /** want takes the height of a tile, or of a screen's place, in the lines a sender offers; 0: not shown. */
  want(number: number, height: number, screen: boolean): void {
    const whose = screen ? -number : number;
    if ((this.heights.get(whose) ?? 0) === height) return;
    this.heights.set(whose, height);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(), settled);
  }

  /** hide asks for nothing while nobody sees the page. */
  hide(hidden: boolean): void {
    this.hidden = hidden;
    this.tell();
  }

  /** forget says that the server knows of no wish: the socket is new. */
  forget(): void {
    this.told = { pc: 0, seats: [] };
  }

  /** tell sends what has changed. */
  tell(): void {
    clearTimeout(this.timer);
    const { pc, seats } = this.config.state();
    if (!inside(this.config.state()) || pc === 0) return;
    const wanted = preferences(seats, this.heights, this.hidden);
    if (this.told.pc === pc && samePreferences(this.told.seats, wanted)) return;
    if (this.config.send({ type: "prefer", pc, seats: wanted })) this.told = { pc, seats: wanted };
  }
}
