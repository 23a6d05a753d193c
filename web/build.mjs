// Bundles the room client and the style sheets into web/dist: hashed names, .br and .gz beside each, manifest.json.
// The Go server embeds that folder; see web/client/README.md for what goes in.
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const web = dirname(fileURLToPath(import.meta.url));
const dist = join(web, "dist");
// Of the 60 KB that a whole room page may weigh, brotli: what is fetched before the device check is shown, and all with
// what comes behind it. Of a page of a rehearsal: all of the 40 KB but the page itself.
const limits = { room: 25 * 1024, later: 52 * 1024, rehearsal: 32 * 1024 };

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
  { name: "room.css", source: "style/room.css" },
  { name: "inside.css", source: "style/inside.css" },
  { name: "rehearsal.js", source: "client/rehearsal.tsx" },
  { name: "rehearsal.css", source: "style/rehearsal.css" },
  { name: "zone.js", source: "client/zone.ts" },
  { name: "pages.css", source: "style/pages.css" },
  { name: "staff.css", source: "style/staff.css" },
];

const options = {
  bundle: true,
  write: false,
  minify: true,
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
  logLevel: "silent",
};

async function bundle(source) {
  const target = source.endsWith(".css") ? ["chrome80", "firefox78", "safari14"] : ["es2020"];
  const result = await esbuild.build({ ...options, entryPoints: [join(web, source)], target });
  return Buffer.from(result.outputFiles[0].contents);
}

// The room comes in parts that name each other, so their names are esbuild's. Each part imports the whole room; what they
// share with it is therefore one file, of which room.js would only be the address. The page asks for that file at once.
async function parts() {
  const result = await esbuild.build({
    ...options,
    entryPoints: { room: join(web, "client/main.tsx") },
    target: ["es2020"],
    splitting: true,
    outdir: dist,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    metafile: true,
  });
  const files = new Map(result.outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]));
  const needs = new Map(Object.entries(result.metafile.outputs).map(([path, { imports }]) => [basename(path), imports.filter((each) => each.kind === "import-statement").map((each) => basename(each.path))]));
  const entry = (name) => [...files.keys()].find((file) => file.startsWith(`${name}-`));
  const [room, ...others] = needs.get(entry("room"));
  if (!room || others.length > 0 || files.get(entry("room")).length > 100) throw new Error("the room is not one file: does every part import ../main?");
  const named = [["room.js", room], ...["live", "inside", "bench"].map((part) => [`${part}.js`, entry(part)])];
  if (named.length < files.size - 1) throw new Error("later parts share a file: import what is in it where they are fetched");
  return named.map(([name, file]) => ({ name, file, bytes: files.get(file) }));
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
const weights = { room: 0, later: 0, rehearsal: 0 };

function add(name, file, bytes, pages) {
  const { br, gz } = compress(bytes);
  manifest[name] = file;
  files.set(file, bytes).set(`${file}.br`, br).set(`${file}.gz`, gz);
  for (const page of pages) weights[page] += br.length;
  console.log(`${file.padEnd(26)} ${String(bytes.length).padStart(7)}  gzip ${gz.length}  brotli ${br.length}`);
}

const failed = (err) => stop(`jalsa: build failed: ${firstError(err)}`);
const pagesOf = { room: ["room", "later"], live: ["later"], inside: ["later"], bench: ["later"], rehearsal: ["rehearsal"] };
const weighed = (name) => pagesOf[name.split(".")[0]] ?? [];
for (const { name, file, bytes } of await parts().catch(failed)) add(name, file, bytes, weighed(name));
for (const { name, source } of entries) {
  if (!existsSync(join(web, source))) continue;
  const bytes = await bundle(source).catch(failed);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  add(name, name.replace(".", `-${hash}.`), bytes, weighed(name));
}
for (const [page, most] of Object.entries(limits)) {
  if (weights[page] > most) stop(`jalsa: ${page} weighs ${weights[page]} bytes brotli, more than ${most}`);
}
files.set("manifest.json", JSON.stringify(manifest, null, 2) + "\n");

await mkdir(dist, { recursive: true });
for (const [file, bytes] of files) await writeFile(join(dist, file), bytes);
for (const old of await readdir(dist)) {
  if (old !== ".gitkeep" && !files.has(old)) await rm(join(dist, old), { recursive: true });
}
console.log(`room: ${weights.room} bytes brotli at first, ${weights.later} in all; rehearsal: ${weights.rehearsal}`);
