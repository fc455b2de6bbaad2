/**
 * How a device starts the agent: the environment of its unit, and what its command tells the engine. Read from the
 * files that are shipped, so that what is measured is what runs. It must not know what is measured.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../fixtures/index.ts';

/** The `Environment=` lines of systemd/donabe.service. */
export const UNIT: Readonly<Record<string, string>> = Object.fromEntries(
  [...textOf('systemd/donabe.service').matchAll(/^Environment="?(\w+)=([^"\n]*)"?$/gm)].map(
    ([, name = '', value = '']) => [name, value],
  ),
);

/** Node and its options in packaging/debian/donabe.sh. */
export const NODE: readonly string[] = [
  process.execPath,
  ...(/ \/usr\/bin\/node(.*?) \/usr\/lib/.exec(textOf('packaging/debian/donabe.sh'))?.[1]?.match(/\S+/g) ??
    []),
];

function textOf(path: string): string {
  return readFileSync(join(projectFolder(), path), 'utf8');
}
