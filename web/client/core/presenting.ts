// Sharing my screen: the browser gives it in a click, the hearing allows it, and it ends with whatever ends first: the person, the
// browser, the hearing, or leaving the room it is shown in.

import type { ScreenCapture, ScreenConfig } from "./screen";
import { mayShow, showsOwn, type Shares, type Showing } from "./shares";
import { inside, type State } from "./state";
import type { ClientMessage, ScreenMode } from "./wire";

export interface PresentingConfig {
  capture(config: Pick<ScreenConfig, "ended">): ScreenCapture;
  state(): State;
  changed(change: Partial<Pick<Shares, "mine" | "mode">>): void;
  carry(track: MediaStreamTrack | null): void;
  send(message: ClientMessage): boolean;
}

export class Presenting {
  private readonly screen: ScreenCapture;

  constructor(private readonly config: PresentingConfig) {
    this.screen = config.capture({ ended: () => this.end("over") });
  }

  get supported(): boolean {
    return this.screen.supported;
  }

  get track(): MediaStreamTrack | null {
    return this.screen.track;
  }

  /** begin asks for a screen, within a click; another one that is shown already goes on until there is an answer. */
  async begin(mode: ScreenMode): Promise<void> {
    const { state, changed, carry, send } = this.config;
    const { room, shares } = state();
    if (!mayShow(state()) || shares.mine === "asking") return;
    changed({ mine: "asking" });
    const shown = await this.screen.open(mode);
    if (typeof shown === "string") return changed({ mine: this.screen.track ? shares.mine : shown });
    if (!inside(state()) || state().room !== room) return this.drop("off");
    carry(shown);
    changed({ mine: "on", mode });
    send({ type: "share", on: true, mode });
  }

  /** end takes the screen back and tells the server. */
  end(mine: Showing): void {
    if (this.config.state().shares.mine !== "on") return;
    this.drop(mine);
    this.config.send({ type: "share", on: false, mode: "" });
  }

  /** admitted follows an admission: to the same room again after a lost socket, or to another, where a screen is not shown. */
  admitted(before: State, room: string): void {
    if (before.room !== room) return this.stopped();
    const { mine, mode } = this.config.state().shares;
    if (mine === "on") this.config.send({ type: "share", on: true, mode });
  }

  /**
   * heard follows what the hearing says of my screen: it has ended it; or it waits for one that I do not show, since my page was
   * loaded anew, or I was in another room when I began.
   */
  heard(before: State): void {
    const { shares, people, number } = this.config.state();
    if (before.shares.mine === "on" && shares.mine === "told") return this.drop("told");
    const begun = showsOwn(people, number) && !showsOwn(before.people, number);
    if (begun && shares.mine !== "on") this.config.send({ type: "share", on: false, mode: "" });
  }

  /** stopped ends it without a word to the server, which has ended it or knows. */
  stopped(): void {
    if (this.screen.track) this.drop("off");
  }

  private drop(mine: Showing): void {
    this.screen.close();
    this.config.carry(null);
    this.config.changed({ mine });
  }
}
