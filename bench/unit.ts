/**
 * How a device starts the agent: the environment of its unit, and what its command tells the engine. Read from the
 * files that are shipped, so that what is measured is what runs. It must not know what is measured.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, projectFolder } from '../fixtures/index.ts';
import { commandFor } from '../packaging/command.ts';

/** The `Environment=` lines of systemd/donabe.service. */
export const UNIT: Readonly<Record<string, string>> = environmentOf(textOf('systemd/donabe.service'));

/** Node and its options in packaging/debian/donabe.sh, as a package for this Node has them. */
export const NODE: readonly string[] = [process.execPath, ...optionsOf('packaging/debian/donabe.sh')];

function optionsOf(script: string): readonly string[] {
  const command = commandFor(textOf(script), process.execPath);
  const options = / \/usr\/bin\/node(.*?) \/usr\/lib/.exec(command)?.[1];
  if (options === undefined) throw new Error(`${script} does not start Node as this bench reads it`);
  return options.match(/\S+/g) ?? [];
}

function textOf(path: string): string {
  return readFileSync(join(projectFolder(), path), 'utf8');
}
