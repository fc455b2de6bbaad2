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

/**
 * What the HTTP client brings along and is never asked for here: HTTP/2, its caches, forms. In the bundle they are
 * empty. The last is for the words of its checks: Intl would read a megabyte of its data for them at each start.
 */
const NEVER_ASKED = {
  'http2-wrapper': 'export default {};',
  'cacheable-request': 'export default class {} export class CacheError extends Error {}',
  'cacheable-lookup': 'export default class {}',
  'form-data-encoder': 'export class FormDataEncoder {} export const isFormData = () => false;',
  'plain-list': 'export class PlainList { format(words) { return words.join(", "); } }',
};

const withoutWhatIsNeverAsked = {
  name: 'without-what-is-never-asked',
  setup(build) {
    const filter = new RegExp(`^(${Object.keys(NEVER_ASKED).join('|')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'never-asked' }));
    build.onLoad({ filter, namespace: 'never-asked' }, ({ path }) => ({ contents: NEVER_ASKED[path] }));
  },
};

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
  plugins: [withoutWhatIsNeverAsked],
  define: { 'Intl.ListFormat': 'PlainList' },
  inject: ['plain-list'],
  logLevel: 'info',
});
