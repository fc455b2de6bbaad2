/**
 * `npm run bundle`: the `donabe` command as a device runs it, in dist/bundle. One file and a chunk for each room
 * that a verb loads lazily: fewer modules to open, less memory to hold. It leaves out the build host's and QA's
 * rooms; their verbs then say so, as in the package for devices.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** CommonJS dependencies ask for Node's own modules and for the addons with `require`. */
const REQUIRE = `import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`;

rmSync('dist/bundle', { recursive: true, force: true });
await build({
  entryPoints: { donabe: 'cli/main.ts' },
  outdir: 'dist/bundle',
  outExtension: { '.js': '.mjs' },
  chunkNames: '[name]-[hash]',
  bundle: true,
  // Lazy imports stay lazy.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: { js: REQUIRE },
  // Addons are found beside the bundle, in node_modules; the two rooms are not there.
  external: [
    'better-sqlite3',
    '@serialport/bindings-cpp',
    'node-crc',
    '../release/index.ts',
    '../fixtures/index.ts',
  ],
  logLevel: 'info',
});
