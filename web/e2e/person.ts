import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captures, writeAudio, writeVideo } from './capture';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

const quiet = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required',
];

/** A browser for pages that need no camera. */
export function plainBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: quiet });
}

/** One person with a browser, a camera and a microphone of their own. */
export class Person {
  private constructor(
    readonly browser: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    private folder: string,
  ) {}

  /** which picks one of the captures; language is the browser's. */
  static async arrive(which: number, language: string, viewport = { width: 1280, height: 800 }): Promise<Person> {
    const folder = mkdtempSync(join(tmpdir(), 'person-'));
    const capture = captures[which];
    const browser = await chromium.launch({
      executablePath,
      args: [
        ...quiet,
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-video-capture=${writeVideo(folder, capture)}`,
        `--use-file-for-fake-audio-capture=${writeAudio(folder, capture)}`,
      ],
    });
    const context = await browser.newContext({ permissions: ['camera', 'microphone'], locale: language, viewport });
    // The tests read the connections' statistics; the page itself keeps them private.
    await context.addInitScript(() => {
      const all: RTCPeerConnection[] = [];
      Object.defineProperty(window, 'connections', { value: all });
      const Native = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Native {
        constructor(c?: RTCConfiguration) {
          super(c);
          all.push(this);
        }
      };
    });
    const page = await context.newPage();
    page.on('pageerror', e => console.error(`page error: ${e.message}`));
    page.on('console', m => m.type() === 'error' && console.error(`console: ${m.text()}`));
    return new Person(browser, context, page, folder);
  }

  async leave(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
