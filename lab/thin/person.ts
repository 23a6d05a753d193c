import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import puppeteer, { type Page as FirefoxPage } from "puppeteer-core";
import type { Seen, Someone } from "./plan";
import { probe } from "./probe";

const patience = 90_000;

/** One person in a room page, with either browser, in a network of their own. */
export interface Person {
  readonly errors: string[];
  goto(url: string): Promise<void>;
  click(selector: string): Promise<void>;
  /** Waits until an element fits the selector. */
  sees(selector: string): Promise<void>;
  seen(): Promise<Seen>;
  shot(path: string): Promise<void>;
  close(): Promise<void>;
}

export function arrive(who: Someone, origin: string, every: number): Promise<Person> {
  return who.browser === "firefox" ? firefox(who, every) : chrome(who, origin, every);
}

/** A script that runs a program inside the namespace. */
function inside(folder: string, namespace: string, program: string): string {
  const path = join(folder, "browser");
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${namespace} ${program} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function chrome(who: Someone, origin: string, every: number): Promise<Person> {
  const folder = mkdtempSync(join(tmpdir(), "thin-"));
  const errors: string[] = [];
  const browser = await chromium.launch({
    executablePath: inside(folder, who.namespace, process.env.CHROMIUM || "/usr/bin/chromium"),
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
      `--unsafely-treat-insecure-origin-as-secure=${origin}`,
      `--use-file-for-fake-audio-capture=${who.audio}`, `--use-file-for-fake-video-capture=${who.video}`,
      ...(who.flags ?? []),
    ],
  });
  const context = await browser.newContext({ locale: who.language, viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(patience);
  await context.addInitScript(probe, every);
  const page: Page = await context.newPage();
  page.on("pageerror", (e) => errors.push(e.message));
  page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
  return {
    errors,
    goto: async (url) => void (await page.goto(url, { timeout: patience, waitUntil: "commit" })),
    click: (selector) => page.locator(selector).first().click(),
    sees: (selector) => page.locator(selector).first().waitFor({ state: "attached" }),
    seen: () => page.evaluate(() => window.seen),
    shot: async (path) => void (await page.screenshot({ path })),
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function firefox(who: Someone, every: number): Promise<Person> {
  const folder = mkdtempSync(join(tmpdir(), "thin-"));
  const errors: string[] = [];
  const hole = await tunnel(folder, who.namespace);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: inside(folder, who.namespace, process.env.FIREFOX || "/usr/bin/firefox-esr"),
    headless: true,
    debuggingPort: hole.port,
    extraPrefsFirefox: {
      "intl.accept_languages": who.language,
      "media.autoplay.default": 0,
      "media.navigator.permission.disabled": true,
      "media.navigator.streams.fake": true,
      "media.devices.insecure.enabled": true,
      "media.getusermedia.insecure.enabled": true,
      "media.peerconnection.ice.obfuscate_host_addresses": false,
    },
  });
  const page: FirefoxPage = await browser.newPage();
  page.setDefaultTimeout(patience);
  await page.setViewport({ width: 1280, height: 800 });
  await page.evaluateOnNewDocument(probe, every);
  page.on("pageerror", (e) => errors.push(String(e)));
  return {
    errors,
    goto: async (url) => void (await page.goto(url, { timeout: patience, waitUntil: "domcontentloaded" })),
    click: (selector) => page.locator(selector).click(),
    sees: async (selector) => void (await page.waitForSelector(selector)),
    seen: () => page.evaluate(() => window.seen),
    shot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
    close: async () => {
      await browser.close();
      hole.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that is the same inside the namespace as outside: WebDriver BiDi listens on loopback only. */
async function tunnel(folder: string, namespace: string): Promise<{ port: number; close(): void }> {
  const socket = join(folder, "hole");
  const outer = createServer((near) => {
    const far = connect(socket);
    near.on("error", () => far.destroy()).pipe(far);
    far.on("error", () => near.destroy()).pipe(near);
  });
  await new Promise<void>((resolve) => outer.listen(0, "127.0.0.1", resolve));
  const { port } = outer.address() as { port: number };
  const script = `const n = require("net");
    n.createServer((a) => { const b = n.connect(${port}, "127.0.0.1");
      a.on("error", () => b.destroy()).pipe(b); b.on("error", () => a.destroy()).pipe(a);
    }).listen(${JSON.stringify(socket)}, () => console.log("ready"));`;
  const inner = spawn("ip", ["netns", "exec", namespace, process.execPath, "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => inner.stdout.once("data", resolve));
  return {
    port,
    close: () => {
      inner.kill();
      outer.close();
    },
  };
}
