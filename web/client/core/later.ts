// Something that is fetched while the page is in use, and asked for again until it is here: a line that drops comes back.

export interface LaterConfig<T> {
  get(): Promise<T>;
  /** here or failing is another. */
  changed(): void;
}

const pauses = [1_000, 4_000, 15_000]; // ms until the next tries; all that follow wait as long as the last of these
const hiccups = 2; // failures of which nobody need hear

export class Later<T> {
  /** null: on its way, or not asked for. */
  here: T | null = null;
  /** It does not come; it goes on being asked for. */
  failing = false;
  private begun = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly config: LaterConfig<T>) {}

  begin(): void {
    if (this.begun) return;
    this.begun = true;
    void this.ask();
  }

  /** nudge tells that the network came back. */
  nudge(): void {
    if (this.timer !== undefined) void this.ask();
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    try {
      this.here = await this.config.get();
      this.failing = false;
    } catch {
      this.timer = setTimeout(() => void this.ask(), pauses[Math.min(this.failures++, pauses.length - 1)]);
      if (this.failing || this.failures <= hiccups) return;
      this.failing = true;
    }
    this.config.changed();
  }
}
