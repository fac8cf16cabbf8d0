// Bundles src/ into ../dist, from where the Go program embeds it.
import { build } from "esbuild";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";

const dist = new URL("../dist/", import.meta.url).pathname;
await mkdir(dist, { recursive: true });
for (const name of await readdir(dist)) {
  if (!name.startsWith(".")) await rm(dist + name, { recursive: true });
}
await build({
  entryPoints: { app: "src/main.tsx", clock: "src/clock.ts" },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "info",
});
await copyFile("src/index.html", dist + "index.html");
await copyFile("src/icon.svg", dist + "icon.svg");
