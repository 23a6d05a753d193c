// Bundles the room client and the style sheets into web/dist: hashed names, .br and .gz beside each, manifest.json.
// The Go server embeds that folder; see web/client/README.md for what goes in.
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const web = dirname(fileURLToPath(import.meta.url));
const dist = join(web, "dist");
const limit = 40 * 1024; // of the 60 KB a whole room page may weigh, brotli
const rehearsalLimit = 32 * 1024; // of the 40 KB a whole page of a rehearsal may weigh

function stop(line) {
  console.error(line);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < 20) {
  stop(`jalsa: Node 20 or newer is needed to build the room client, this is ${process.version}`);
}
const esbuild = await import("esbuild").catch(() => stop("jalsa: node_modules is missing, run `npm ci` first"));
if (!existsSync(join(web, "../node_modules/preact"))) stop("jalsa: node_modules is missing, run `npm ci` first");

const entries = [
  { name: "room.js", source: "client/main.tsx" },
  { name: "room.css", source: "style/room.css" },
  { name: "rehearsal.js", source: "client/rehearsal.tsx" },
  { name: "rehearsal.css", source: "style/rehearsal.css" },
  { name: "zone.js", source: "client/zone.ts" },
  { name: "pages.css", source: "style/pages.css" },
  { name: "staff.css", source: "style/staff.css" },
];

async function bundle(source) {
  const result = await esbuild.build({
    entryPoints: [join(web, source)],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: source.endsWith(".css") ? ["chrome80", "firefox78", "safari14"] : ["es2020"],
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

function firstError(err) {
  const first = err.errors?.[0];
  return first ? `${first.location?.file}:${first.location?.line}: ${first.text}` : err.message;
}

function compress(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { br: brotliCompressSync(bytes, { params }), gz: gzipSync(bytes, { level: 9 }) };
}

const manifest = {};
const files = new Map();
const weights = { room: 0, rehearsal: 0 };
for (const { name, source } of entries) {
  if (!existsSync(join(web, source))) continue;
  const bytes = await bundle(source).catch((err) => stop(`jalsa: build failed: ${firstError(err)}`));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const file = name.replace(".", `-${hash}.`);
  const { br, gz } = compress(bytes);
  manifest[name] = file;
  files.set(file, bytes).set(`${file}.br`, br).set(`${file}.gz`, gz);
  const page = name.split(".")[0];
  if (page in weights) weights[page] += br.length;
  console.log(`${file.padEnd(26)} ${String(bytes.length).padStart(7)}  gzip ${gz.length}  brotli ${br.length}`);
}
for (const [page, most] of [["room", limit], ["rehearsal", rehearsalLimit]]) {
  if (weights[page] > most) stop(`jalsa: ${page}.js and ${page}.css weigh ${weights[page]} bytes brotli, more than ${most}`);
}
files.set("manifest.json", JSON.stringify(manifest, null, 2) + "\n");

await mkdir(dist, { recursive: true });
for (const [file, bytes] of files) await writeFile(join(dist, file), bytes);
for (const old of await readdir(dist)) {
  if (old !== ".gitkeep" && !files.has(old)) await rm(join(dist, old), { recursive: true });
}
for (const [page, bytes] of Object.entries(weights)) console.log(`${page}.js + ${page}.css: ${bytes} bytes brotli`);
