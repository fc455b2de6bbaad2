// The release room's worker program for tests on Node 20, whose threads cannot load TypeScript by themselves.
import { register } from 'node:module';

register(new URL('../40-adapters/strip-types.mjs', import.meta.url));
await import('../../release/delta-worker.ts');
